package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PieceRoomTest {
  private static final int LIMIT = 4 * PieceRoom.LARGEST_PIECE;

  private final AtomicLong clock = new AtomicLong();
  private final PieceRoom room = new PieceRoom(LIMIT, clock::get);
  private final List<String> givenUp = new ArrayList<>();

  private PieceRoom.Share begin(String name) {
    return room.begin(() -> givenUp.add(name));
  }

  @Test
  void aFewTransfersHaveLargePiecesAndManyHaveSmallOnes() {
    List<PieceRoom.Share> shares = new ArrayList<>();
    shares.add(begin("first"));
    assertEquals(PieceRoom.LARGEST_PIECE, shares.get(0).most());
    while (shares.size() < 8) {
      shares.add(begin("more"));
    }
    assertEquals(LIMIT / 16, shares.get(0).most());
    while (shares.size() < 1000) {
      shares.add(begin("more"));
    }
    assertEquals(PieceRoom.SMALLEST_PIECE, shares.get(0).most());
    shares.subList(1, 1000).forEach(PieceRoom.Share::end);
    assertEquals(PieceRoom.LARGEST_PIECE, shares.get(0).most());
  }

  @Test
  void whatIsTakenIsNeverMoreThanTheLimit() {
    PieceRoom.Share large = begin("large");
    PieceRoom.Share other = begin("other");
    assertTrue(large.take(LIMIT));
    assertFalse(other.take(1));
    assertEquals(LIMIT, room.used());
    large.give();
    assertTrue(other.take(1));
    assertEquals(1, room.used());
    other.end();
    other.end();
    assertEquals(0, room.used());
  }

  @Test
  void whoWaitsIsToldWhenRoomIsGivenBack() {
    PieceRoom.Share holder = begin("holder");
    PieceRoom.Share waiting = begin("waiting");
    assertTrue(holder.take(LIMIT));
    assertFalse(waiting.take(1));
    CompletableFuture<Void> turn = waiting.room().toCompletableFuture();
    holder.give();
    assertTrue(turn.isDone());
  }

  @Test
  void aClientThatTakesNothingIsGivenUpOnlyWhenOthersWaitAndOnlyAfterAWhile() {
    PieceRoom.Share stalled = begin("stalled");
    PieceRoom.Share busy = begin("busy");
    PieceRoom.Share waiting = begin("waiting");
    assertTrue(stalled.take(LIMIT / 2));
    assertTrue(busy.take(LIMIT / 2));
    assertFalse(waiting.take(1));
    assertEquals(List.of(), givenUp);
    clock.addAndGet(PieceRoom.PATIENCE_NANOS - 1);
    busy.give();
    assertTrue(busy.take(LIMIT / 2));
    assertFalse(waiting.take(1));
    assertEquals(List.of(), givenUp);
    clock.incrementAndGet();
    assertFalse(waiting.take(1));
    assertEquals(List.of("stalled"), givenUp);
  }
}
