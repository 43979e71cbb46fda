package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifetimeTest {
  private final Lifetime life = new Lifetime();
  private final List<String> ended = new ArrayList<>();

  private AutoCloseable part(String name) {
    return () -> ended.add(name);
  }

  @Test
  void whatWasStartedFirstEndsLastAndOnce() {
    AutoCloseable first = part("first");
    assertSame(first, life.push(first));
    life.push(part("second"));
    life.close();
    life.close();
    assertEquals(List.of("second", "first"), ended);
  }

  @Test
  void aPartThatIsPushedAgainEndsBeforeWhatWasStartedSince() {
    AutoCloseable first = life.push(part("first"));
    life.push(part("second"));
    life.push(first);
    life.close();
    assertEquals(List.of("first", "second"), ended);
  }

  @Test
  void aPartThatFailsToEndKeepsNoOtherFromEnding() {
    life.push(part("first"));
    life.push(
        () -> {
          throw new IOException("a disk is full");
        });
    life.push(part("last"));
    life.close();
    assertEquals(List.of("last", "first"), ended);
  }
}
