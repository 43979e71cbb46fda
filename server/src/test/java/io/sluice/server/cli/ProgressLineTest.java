package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final StringWriter err = new StringWriter();
  private final AtomicLong clock = new AtomicLong();

  private ProgressLine line(boolean shown) {
    return new ProgressLine(new PrintWriter(err), shown, clock::get, 2048);
  }

  private void wait(int milliseconds) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds));
  }

  @Test
  void showsTheShareThatIsDoneNowAndThenAndIsTakenAway() {
    ProgressLine line = line(true);
    line.show(0);
    wait(250);
    line.show(1024);
    line.show(1500);
    assertEquals("\r\033[K50 % of 2 KiB read", err.toString());
    wait(250);
    line.show(2048);
    line.clear();
    line.clear();
    assertEquals("\r\033[K50 % of 2 KiB read\r\033[K100 % of 2 KiB read\r\033[K", err.toString());
  }

  @Test
  void nothingIsShownWhereNobodyLooks() {
    ProgressLine line = line(false);
    wait(1000);
    line.show(1024);
    line.clear();
    assertEquals("", err.toString());
  }
}
