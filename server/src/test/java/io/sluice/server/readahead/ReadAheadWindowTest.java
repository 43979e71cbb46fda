package io.sluice.server.readahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadWindowTest {
  @TempDir private Path folder;
  private OpenFile file;
  private ReadAheadWindow head;

  @BeforeEach
  void aHead() throws IOException {
    file = new OpenFile(FileChannel.open(Files.createFile(folder.resolve("file"))), closed -> {});
    head = new ReadAheadWindow(file);
  }

  @AfterEach
  void close() {
    file.release();
  }

  private void add(long number, double urgency) {
    head.add(new ReadAheadWindow.Read(file, number, urgency, new CompletableFuture<>()));
  }

  private List<Long> order() {
    return head.begin(1000).stream().map(ReadAheadWindow.Read::number).toList();
  }

  @Test
  void itGoesOnWhereItIsThoughAnotherPlaceIsMoreUrgent() {
    add(10, 1);
    add(11, 20);
    add(12, 30);
    add(500, 2);
    assertEquals(List.of(10L, 11L, 12L, 500L), order());
  }

  @Test
  void butNotForEver() {
    for (int i = 0; i < 40; i++) {
      add(i, i == 0 ? 0 : 10);
    }
    add(500, 1);
    assertEquals(17, order().indexOf(500L));
  }

  @Test
  void whatWasBegunAndWhatWaitsCanBeTakenAtOnce() {
    add(1, 1);
    head.begin(1);
    add(2, 1);
    assertEquals(List.of(1L, 2L), head.drain().stream().map(ReadAheadWindow.Read::number).toList());
    assertEquals(0, head.begun());
    assertEquals(List.of(), head.drain());
  }

  @Test
  void readsAreTakenInTheOrderInWhichTheyWereBegun() {
    add(2, 2);
    add(9, 1);
    ReadAheadWindow.Read first = head.begin(1).get(0);
    assertEquals(1, head.begun());
    head.begin(10);
    assertEquals(2, head.begun());
    assertSame(first, head.poll());
    assertEquals(1, head.begun());
    head.poll();
    assertNull(head.poll());
    assertEquals(List.of(), head.begin(1));
  }
}
