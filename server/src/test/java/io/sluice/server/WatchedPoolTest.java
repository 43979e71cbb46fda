package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.keyed.PoolWork;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchedPoolTest {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger overdue = new AtomicInteger();
  private final CountDownLatch answered = new CountDownLatch(1);
  private final List<String> unwanted = new ArrayList<>();
  private final WatchedPool pool =
      new WatchedPool(
          "test",
          2,
          10,
          Thread::new,
          (task, full) -> {
            throw new RejectedExecutionException("refused");
          },
          LIMIT,
          now::get,
          overdue::incrementAndGet);

  @AfterEach
  void theFileSystemAnswersAtLast() throws InterruptedException {
    answered.countDown();
    pool.shutdown();
    assertTrue(pool.awaitTermination(1, TimeUnit.MINUTES));
  }

  /** Work that has begun when this returns, and waits for a file system. */
  private CompletableFuture<String> hung() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<String> result =
        begin(
            () -> {
              begun.countDown();
              answered.await();
              return "file";
            });
    begun.await();
    return result;
  }

  private interface Waiting {
    String done() throws InterruptedException;
  }

  private CompletableFuture<String> begin(Waiting work) {
    return PoolWork.begin(
        pool,
        "path",
        () -> {
          try {
            return work.done();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        () -> "503",
        unwanted::add);
  }

  @Test
  void workThatTakesTooLongIsAnsweredWithoutItAndCountedOnce() throws Exception {
    CompletableFuture<String> result = hung();
    now.set(LIMIT);
    pool.look();
    assertFalse(result.isDone());
    now.set(LIMIT + 1);
    pool.look();
    pool.look();
    assertEquals("503", result.getNow("none"));
    assertEquals(1, overdue.get());
    assertFalse(pool.isStuck(), "another thread is there");
  }

  @Test
  void whatCameTooLateIsGivenBack() throws Exception {
    hung();
    now.set(LIMIT + 1);
    pool.look();
    theFileSystemAnswersAtLast();
    assertEquals(List.of("file"), unwanted);
  }

  @Test
  void aPoolWhoseThreadsAllWaitIsStuckTakesNoRequestAndGivesUpThoseThatQueue() throws Exception {
    hung();
    hung();
    CompletableFuture<String> queued = begin(() -> "quick");
    now.set(LIMIT + 1);
    assertFalse(queued.isDone());
    pool.look();
    assertTrue(pool.isStuck());
    assertEquals("503", queued.getNow("none"));
    assertThrows(RejectedExecutionException.class, () -> begin(() -> "quick"));
    pool.execute(() -> {});
  }

  @Test
  void aPoolGoesOnWhenTheFileSystemDoes() throws Exception {
    hung();
    hung();
    now.set(LIMIT + 1);
    pool.look();
    answered.countDown();
    Await.until(
        "the pool goes on",
        () -> {
          pool.look();
          return !pool.isStuck();
        });
    assertEquals("quick", begin(() -> "quick").get(1, TimeUnit.MINUTES));
  }

  @Test
  void anEndDoesNotWaitForWhatWasGivenUp() throws Exception {
    hung();
    pool.look();
    assertFalse(pool.isAbandoned());
    pool.hurry(LIMIT / 10);
    now.set(LIMIT / 5);
    pool.look();
    assertTrue(pool.isAbandoned());
  }

  @Test
  void quickWorkIsDone() throws Exception {
    assertEquals("quick", begin(() -> "quick").get(1, TimeUnit.MINUTES));
    pool.look();
    assertEquals(0, overdue.get());
  }
}
