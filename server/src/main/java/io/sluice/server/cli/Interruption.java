package io.sluice.server.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM as something a long command asks for, so that it can leave the terminal in
 * order and say how far it came. The process then ends with the code of the signal.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
  /** A command looks several times a second. */
  private static final int SECONDS = 3;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "interruption");
  private volatile boolean requested;

  private Interruption() {}

  /** Listens from now on until it is closed. */
  static Interruption listen() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void interrupted() {
    requested = true;
    try {
      boolean inTime = ended.await(SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        System.err.println("the command did not end in " + SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the command should end. */
  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // The hook has run or runs; the process goes.
    }
  }
}
