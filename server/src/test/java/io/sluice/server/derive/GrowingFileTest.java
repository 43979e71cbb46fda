package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class GrowingFileTest {
  private final GrowingFile file = new GrowingFile();

  private CompletableFuture<Long> beyond(long offset) {
    return file.beyond(offset).toCompletableFuture();
  }

  @Test
  void readersFollowTheEnd() {
    CompletableFuture<Long> first = beyond(0);
    CompletableFuture<Long> other = beyond(0);
    assertFalse(first.isDone());
    file.grewBy(10);
    assertEquals(10, first.join());
    assertEquals(10, other.join());
    assertEquals(10, beyond(3).join());
    CompletableFuture<Long> next = beyond(10);
    file.grewBy(5);
    assertEquals(15, next.join());
    CompletableFuture<Long> last = beyond(15);
    assertFalse(last.isDone());
    file.complete();
    assertEquals(15, last.join());
    assertEquals(15, beyond(15).join());
    assertTrue(file.isComplete());
  }

  @Test
  void aFailureIsToldToThoseWhoWaitAndThoseWhoComeToTheEnd() {
    IOException cause = new IOException("broken");
    file.grewBy(4);
    CompletableFuture<Long> waiting = beyond(4);
    file.fail(cause);
    assertSame(cause, assertThrows(CompletionException.class, waiting::join).getCause());
    assertEquals(4, beyond(0).join());
    assertSame(cause, assertThrows(CompletionException.class, beyond(4)::join).getCause());
    assertFalse(file.isComplete());
  }

  @Test
  void whatIsCompleteCannotFailAndWhatHasEndedDoesNotGrow() {
    file.grewBy(4);
    file.complete();
    file.fail(new IOException("late"));
    assertEquals(4, beyond(4).join());
    assertThrows(IllegalStateException.class, () -> file.grewBy(1));
  }
}
