package io.sluice.server.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
  private final AtomicInteger refusals = new AtomicInteger();
  private final ByteBudget budget = new ByteBudget(100, refusals::incrementAndGet);
  private final List<String> gaveUp = new ArrayList<>();

  private ByteBudget.Share share(String name) {
    return budget.share(() -> gaveUp.add(name));
  }

  @Test
  void theOldestHolderGivesUpForTheNewest() {
    ByteBudget.Share first = share("first");
    assertTrue(first.hold(40));
    assertTrue(share("second").hold(40));
    assertTrue(first.hold(41));
    assertTrue(share("third").hold(40));
    assertEquals(List.of("first"), gaveUp);
    assertEquals(80, budget.used());
    assertEquals(1, refusals.get());
  }

  @Test
  void asManyHoldersGiveUpAsItTakes() {
    for (int i = 0; i < 10; i++) {
      assertTrue(share("holder " + i).hold(10));
    }
    assertTrue(share("large").hold(35));
    assertEquals(List.of("holder 0", "holder 1", "holder 2", "holder 3"), gaveUp);
    assertEquals(95, budget.used());
  }

  @Test
  void whatIsKeptIsNotTakenBackAndTheNewestIsRefused() {
    ByteBudget.Share kept = share("kept");
    assertTrue(kept.keep(70));
    ByteBudget.Share other = share("other");
    assertFalse(other.keep(6));
    assertTrue(other.keep(5));
    assertTrue(share("holder").hold(25));
    assertFalse(share("too large").hold(26));
    assertEquals(List.of(), gaveUp);
    assertEquals(100, budget.used());
    assertEquals(2, refusals.get());
  }

  @Test
  void holdersMakeRoomForWhatIsKept() {
    assertTrue(share("holder").hold(90));
    assertTrue(share("kept").keep(75));
    assertEquals(List.of("holder"), gaveUp);
    assertEquals(75, budget.used());
  }

  @Test
  void aRefusalLeavesTheShareAsItWas() {
    ByteBudget.Share share = share("any");
    assertTrue(share.keep(70));
    assertFalse(share.keep(80));
    assertEquals(70, budget.used());
    assertTrue(share.keep(60));
    assertEquals(60, budget.used());
  }

  @Test
  void aClosedShareGivesEverythingBackAndGetsNothingMore() {
    ByteBudget.Share share = share("closed");
    assertTrue(share.hold(20));
    assertTrue(share.keep(20));
    share.close();
    assertEquals(0, budget.used());
    assertFalse(share.hold(1));
    assertEquals(0, budget.used());
    assertTrue(share("next").hold(100));
    assertEquals(List.of(), gaveUp);
  }
}
