package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final StringWriter err = new StringWriter();
  private final AtomicLong clock = new AtomicLong();

  private static final String HALF =
      "\r\033[K[" + "#".repeat(15) + " ".repeat(15) + "] 50 % of 2 KiB read";
  private static final String ALL = "\r\033[K[" + "#".repeat(30) + "] 100 % of 2 KiB read";

  private ProgressBar line(boolean shown) {
    return new ProgressBar(new PrintWriter(err), shown, clock::get, "read", 2048);
  }

  private void wait(int milliseconds) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds));
  }

  @Test
  void showsTheShareThatIsDoneNowAndThenAndIsTakenAway() {
    ProgressBar line = line(true);
    line.show(0);
    wait(250);
    line.show(1024);
    line.show(1500);
    assertEquals(HALF, err.toString());
    wait(250);
    line.show(2048);
    line.clear();
    line.clear();
    assertEquals(HALF + ALL + "\r\033[K", err.toString());
  }

  @Test
  void nothingIsShownWhereStandardErrorIsNoTerminal() {
    ProgressBar line = line(false);
    wait(1000);
    line.show(1024);
    line.clear();
    assertEquals("", err.toString());
  }
}
