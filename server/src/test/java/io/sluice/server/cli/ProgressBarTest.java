package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
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

  private ProgressBar bar(boolean shown) {
    return new ProgressBar(new PrintWriter(err), shown, clock::get, "read", 2048);
  }

  private void wait(int milliseconds) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds));
  }

  @Test
  void showsThePercentageOncePerPeriodAndIsErased() {
    ProgressBar bar = bar(true);
    bar.show(0);
    wait(250);
    bar.show(1024);
    bar.show(1500);
    assertEquals(HALF, err.toString());
    wait(250);
    bar.show(2048);
    bar.clear();
    bar.clear();
    assertEquals(HALF + ALL + "\r\033[K", err.toString());
  }

  @Test
  void countsWhatIsReadOfAStreamFromItsStartOnUntilItIsClosed() throws IOException {
    try (InputStream in = bar(true).counting(new ByteArrayInputStream(new byte[1024]), 1024)) {
      wait(250);
      assertEquals(1024, in.read(new byte[2048]));
      wait(250);
      assertEquals(ALL, err.toString());
    }
    assertEquals(ALL + "\r\033[K", err.toString());
  }

  @Test
  void showsNothingUnlessOnATerminal() {
    ProgressBar bar = bar(false);
    wait(1000);
    bar.show(1024);
    bar.clear();
    assertEquals("", err.toString());
  }
}
