package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final List<String> seen = new ArrayList<>();
  private final Cancellation cancellation = new Cancellation(() -> seen.add("hung up"));

  @Test
  void whatWasMadeForAClientIsToldOnceWhenItGoes() {
    cancellation.whenGone(() -> seen.add("first"));
    cancellation.whenGone(() -> seen.add("second"));
    cancellation.leave();
    cancellation.leave();
    assertEquals(List.of("first", "second"), seen);
  }

  @Test
  void whatIsBegunForAClientThatHasGoneIsToldAtOnce() {
    cancellation.leave();
    cancellation.whenGone(() -> seen.add("late"));
    assertEquals(List.of("late"), seen);
  }

  @Test
  void afterTheAnswerNobodyIsTold() {
    cancellation.whenGone(() -> seen.add("stopped"));
    cancellation.answer();
    assertFalse(cancellation.endInput());
    cancellation.leave();
    cancellation.whenGone(() -> seen.add("stopped"));
    assertEquals(List.of(), seen);
  }

  @Test
  void aClientThatHasEndedItsSideIsGoneAsSoonAsSomethingIsMadeForItAlone() {
    assertFalse(cancellation.endInput());
    cancellation.whenGone(() -> seen.add("stopped"));
    cancellation.whenGone(() -> seen.add("again"));
    assertEquals(List.of("stopped", "hung up", "again"), seen);
  }

  @Test
  void aClientThatEndsItsSideWhileSomethingIsMadeForItIsGone() {
    cancellation.whenGone(() -> seen.add("stopped"));
    assertTrue(cancellation.endInput());
    assertEquals(List.of("stopped"), seen);
  }
}
