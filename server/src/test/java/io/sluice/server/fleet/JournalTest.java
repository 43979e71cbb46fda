package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.HistoryEntry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
  private Instant now = Instant.parse("2026-11-21T12:00:00Z");

  private final Journal journal =
      new Journal(
          new Clock() {
            @Override
            public Instant instant() {
              return now;
            }

            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }
          });

  @Test
  void whatIsRepeatedWithoutAPauseIsNotedOnceInAWhile() {
    List<String> heard = new ArrayList<>();
    journal.listen(entry -> heard.add(entry.machine() + " " + entry.detail()));
    for (int i = 0; i < 1000; i++) {
      journal.note("a", "script", "local to 10.0.0.1");
      journal.note("a", "script", "local to 10.0.0.2");
      journal.note("b", "script", "local to 10.0.0.1");
      now = now.plusMillis(1);
    }
    assertEquals(
        List.of("a local to 10.0.0.1", "a local to 10.0.0.2", "b local to 10.0.0.1"), heard);
    journal.note("a", "wanted", "install");
    journal.note("a", "wanted", "install");
    assertEquals(5, heard.size(), "whatever an operator does is noted");
    now = now.plus(Duration.ofSeconds(5));
    journal.note("a", "script", "local to 10.0.0.1");
    assertEquals(6, heard.size());
    assertEquals(6, journal.take().size());
  }

  @Test
  void tenThousandRangesAreSomeDozensOfEntriesAndTheLastIsAmongThem() {
    for (int i = 1; i <= 10_000; i++) {
      journal.note("a", "image", i + " of 10000 bytes");
      now = now.plusMillis(100);
    }
    journal.note("b", "image", "delivered");
    journal.note("a", "reported", "so it says");
    List<HistoryEntry> entries = journal.take();
    assertTrue(entries.size() < 40, entries.size() + " entries");
    assertEquals("1 of 10000 bytes", entries.get(0).detail());
    List<String> last =
        entries.subList(entries.size() - 3, entries.size()).stream()
            .map(HistoryEntry::detail)
            .toList();
    assertEquals("delivered", last.get(0));
    assertTrue(last.get(1).startsWith("10000 of 10000 bytes (the last of "), last.get(1));
    assertEquals("so it says", last.get(2));
  }

  @Test
  void whatIsHeldBackIsShownAndNotedWhenItsTimeComes() {
    for (int i = 0; i < 20; i++) {
      journal.note("a", "image", "number " + i);
    }
    assertEquals(16 + 1, journal.waiting("a").size());
    assertEquals("number 19", journal.waiting("a").get(0).detail());
    assertEquals(16, journal.take().size());
    now = now.plus(Duration.ofSeconds(1));
    assertEquals(
        List.of("number 19 (the last of 4 since the one before)"),
        journal.take().stream().map(HistoryEntry::detail).toList());
    journal.note("a", "image", "number 20");
    journal.release();
    assertEquals(1, journal.take().size(), "at the end");
  }

  @Test
  void theOldestEntriesAreLostFirst() {
    for (int i = 0; i < 20_000; i++) {
      journal.note("a", "wanted", "number " + i);
    }
    List<HistoryEntry> entries = journal.take();
    assertEquals("number 19999", entries.get(entries.size() - 1).detail());
    assertEquals("number " + (20_000 - entries.size()), entries.get(0).detail());
  }
}
