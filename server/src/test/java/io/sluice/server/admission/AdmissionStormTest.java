package io.sluice.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sixty-four machines, every other one iPXE, want an image each over a link that eight may use at
 * once, on a clock that is moved by hand.
 */
class AdmissionStormTest {
  private static final int MACHINES = 64;
  private static final int SLOTS = 8;
  private static final long STEP_MILLIS = 10;
  private static final long MB = 1_000_000;

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel timer = EmbeddedChannel.builder().ticker(clock).build();
  private final List<Machine> begun = new ArrayList<>();
  private final List<Machine> running = new ArrayList<>();
  private int over;
  private int others;
  private final Admission admission =
      new Admission(
          new AdmissionLimits(SLOTS, 0, Duration.ofDays(1)),
          timer.eventLoop(),
          clock::nanoTime,
          new AdmissionMeter() {
            @Override
            public void admitted(long waitedNanos) {}

            @Override
            public void refused(Reason reason) {
              assertEquals(Reason.COME_BACK, reason);
            }
          });

  private final class Machine implements Admission.Waiter {
    private final int number;
    private final boolean ipxe;
    private final long size;
    private long left;
    private final StreamRequest.Connection line =
        new StreamRequest.Connection() {
          @Override
          public boolean isOpen() {
            return true;
          }
        };
    private int refusals;
    private Admission.Stream stream;

    Machine(int number, long size) {
      this.number = number;
      this.ipxe = number % others != 0;
      this.size = size;
      this.left = size;
    }

    void ask() {
      admission.ask(
          AdmissionScene.request(
              "" + number, ipxe ? Optional.of("" + number) : Optional.empty(), line, size),
          this);
    }

    @Override
    public void admitted(Admission.Stream admitted) {
      stream = admitted;
      begun.add(this);
      running.add(this);
    }

    @Override
    public void refused(int seconds) {
      assertTrue(ipxe, "who gives up on an error never sees one");
      refusals++;
      timer.eventLoop().schedule(this::ask, seconds, TimeUnit.SECONDS);
    }

    void receive(long bytes) {
      left -= bytes;
      stream.sent(bytes);
      if (left <= 0) {
        over++;
        running.remove(this);
        stream.close();
      }
    }
  }

  @ParameterizedTest(
      name = "images of {0} MB at {1} MB/s, then {2}; one of {3} is no iPXE; every {4} ms; {5}")
  @CsvSource({
    "1000, 1000, 1000, 2, 50, 0",
    "4000, 1200, 1200, 2, 50, 0",
    "200, 1000, 1000, 2, 50, 0",
    "20, 1000, 1000, 2, 50, 0",
    "8000, 120, 120, 2, 50, 0",
    "1000, 1000, 200, 2, 50, 0",
    "1000, 200, 1000, 2, 50, 16",
    "1000, 1000, 1000, 64, 50, 0",
    "1000, 200, 1000, 64, 50, 16",
    "1000, 1000, 200, 64, 50, 0",
    "100, 1000, 1000, 2, 0, 0",
    "50, 1000, 1000, 2, 0, 0",
    "100, 1000, 1000, 2, 10, 0",
    "50, 1000, 1000, 2, 10, 0",
    "200, 1000, 1000, 2, 10, 0",
    "1000, 1000, 1000, 2, 10, 0",
    "60, 1000, 1000, 2, 20, 0",
    "300, 8000, 8000, 2, 20, 0",
    "1000, 8000, 8000, 2, 20, 0",
  })
  void everyMachineFinishesAboutInOrderOfArrivalAndTheLinkIsNeverIdle(
      long megabytes, long rate, long laterRate, int others, int apart, int places) {
    this.others = others;
    int arrived = 0;
    long steps = 0;
    long emptySlots = 0;
    long taken = 0;
    long idle = 0;
    while (over < MACHINES) {
      while (arrived < MACHINES && steps * STEP_MILLIS >= (long) arrived * apart) {
        new Machine(arrived++, megabytes * MB).ask();
      }
      clock.advance(STEP_MILLIS, TimeUnit.MILLISECONDS);
      timer.runPendingTasks();
      emptySlots += Math.min(arrived - begun.size(), SLOTS - running.size());
      idle += running.isEmpty() && arrived > begun.size() ? 1 : 0;
      taken += running.size();
      long perStep = (over < MACHINES / 2 ? rate : laterRate) * MB * STEP_MILLIS / 1000;
      long share = perStep / Math.max(1, running.size());
      List.copyOf(running).forEach(machine -> machine.receive(share));
      assertTrue(steps++ < 1_000_000, "it ends");
    }
    int furthest = 0;
    int refusals = 0;
    for (int i = 0; i < MACHINES; i++) {
      furthest = Math.max(furthest, Math.abs(begun.get(i).number - i));
      refusals = Math.max(refusals, begun.get(i).refusals);
    }
    // Who is away when the link becomes faster is passed by those who are here.
    boolean foreseen = rate >= laterRate;
    assertTrue(furthest <= places, "out of order by " + furthest);
    assertTrue(refusals <= 2 + steps / 3000, "asked in vain " + refusals + " times");
    assertTrue(
        emptySlots <= (foreseen ? SLOTS : taken / 8), emptySlots + " of " + taken + " empty");
    assertTrue(idle <= (foreseen ? 0 : steps / 20), "idle for " + idle + " of " + steps);
  }
}
