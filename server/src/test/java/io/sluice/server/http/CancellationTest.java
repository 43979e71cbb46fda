package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final List<String> seen = new ArrayList<>();
  private final Cancellation attendance = new Cancellation(() -> seen.add("hung up"));

  @Test
  void whatWasMadeForAClientIsToldOnceWhenItGoes() {
    attendance.whenGone(() -> seen.add("first"));
    attendance.whenGone(() -> seen.add("second"));
    attendance.leave();
    attendance.leave();
    assertEquals(List.of("first", "second"), seen);
  }

  @Test
  void whatIsBegunForAClientThatHasGoneIsToldAtOnce() {
    attendance.leave();
    attendance.whenGone(() -> seen.add("late"));
    assertEquals(List.of("late"), seen);
  }

  @Test
  void afterTheAnswerNobodyIsTold() {
    attendance.whenGone(() -> seen.add("stopped"));
    attendance.answer();
    assertFalse(attendance.endInput());
    attendance.leave();
    attendance.whenGone(() -> seen.add("stopped"));
    assertEquals(List.of(), seen);
  }

  @Test
  void aClientThatHasEndedItsSideIsGoneAsSoonAsSomethingIsMadeForItAlone() {
    assertFalse(attendance.endInput());
    attendance.whenGone(() -> seen.add("stopped"));
    attendance.whenGone(() -> seen.add("again"));
    assertEquals(List.of("stopped", "hung up", "again"), seen);
  }

  @Test
  void aClientThatEndsItsSideWhileSomethingIsMadeForItIsGone() {
    attendance.whenGone(() -> seen.add("stopped"));
    assertTrue(attendance.endInput());
    assertEquals(List.of("stopped"), seen);
  }
}
