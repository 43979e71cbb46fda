package io.sluice.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.net.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An {@link Admission} with a clock that is moved by hand, and those who ask it. */
final class AdmissionScene {
  static final long MB = 1_000_000;

  /** Not one of which the turn of the next could be expected within a second. */
  private static final long IMAGE = 2000 * MB;

  private final MockTicker clock = Ticker.newMockTicker();
  final EmbeddedChannel timer = EmbeddedChannel.builder().ticker(clock).build();
  final List<String> metered = new ArrayList<>();
  private final Map<String, Line> lines = new HashMap<>();
  final Admission admission;

  /** With these limits. */
  AdmissionScene(int streams, int perClient, long waitSeconds) {
    admission =
        new Admission(
            new AdmissionLimits(streams, perClient, Duration.ofSeconds(waitSeconds)),
            timer.eventLoop(),
            clock::nanoTime,
            new AdmissionMeter() {
              @Override
              public void admitted(long waitedNanos) {
                metered.add("after " + TimeUnit.NANOSECONDS.toSeconds(waitedNanos));
              }

              @Override
              public void refused(Reason reason) {
                metered.add(reason.toString());
              }
            });
  }

  /** One request, and what became of it. */
  final class Request implements Admission.Waiter {
    private final List<String> heard = new ArrayList<>();
    final Admission.Ticket ticket;
    Admission.Stream stream;
    int seconds;

    Request(StreamRequest applicant) {
      ticket = admission.ask(applicant, this);
    }

    @Override
    public void admitted(Admission.Stream admitted) {
      heard.add("admitted");
      stream = admitted;
    }

    @Override
    public void refused(int retryAfter) {
      heard.add("refused");
      seconds = retryAfter;
    }

    void is(String... expected) {
      assertEquals(List.of(expected), heard);
    }
  }

  static final class Line implements StreamRequest.Connection {
    boolean open = true;

    @Override
    public boolean isOpen() {
      return open;
    }
  }

  /**
   * A request.
   *
   * @param again what it is known by when it comes back
   */
  static StreamRequest request(
      String client, Optional<String> again, StreamRequest.Connection line, long bytes) {
    return new StreamRequest(
        new Receiver(client),
        again.map(name -> new StreamRequest.Repetition(new Receiver(name), "/images/a")),
        line,
        bytes);
  }

  Request ask(StreamRequest applicant) {
    return new Request(applicant);
  }

  Request ask(String client) {
    return ask(request(client, Optional.empty(), new Line(), IMAGE));
  }

  /** As a machine that has an address and a connection of its own. */
  Request askAsIpxe(String client) {
    return askAsIpxe(client, lines.computeIfAbsent(client, any -> new Line()));
  }

  Request askAsIpxe(String client, Line line) {
    return ask(request(client, Optional.of(client), line, IMAGE));
  }

  void pass(long seconds) {
    clock.advance(seconds, TimeUnit.SECONDS);
    timer.runPendingTasks();
  }

  void assertCounts(int running, int held, int expected) {
    assertEquals(running, admission.running(), "running");
    assertEquals(held, admission.held(), "held");
    assertEquals(expected, admission.expected(), "expected");
  }
}
