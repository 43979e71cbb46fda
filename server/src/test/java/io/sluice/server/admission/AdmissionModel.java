package io.sluice.server.admission;

import static io.sluice.server.admission.AdmissionScene.MB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.admission.AdmissionScene.Line;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The machines, the admission and what must hold between them: a machine is present while it is
 * held and has the place of its first asking for as long as it does what it is told.
 */
final class AdmissionModel {
  private static final long WAIT_SECONDS = 40;
  private static final long KEPT_SECONDS = 120;
  private static final int CLIENTS = 3;

  enum What {
    ASK,
    ASK_AS_IPXE,
    COME_BACK,
    COME_BACK_ANEW,
    FINISH,
    FINISH_TWICE,
    GO_AWAY,
    SEND,
    PASS
  }

  /** What happens next, to whom of those it can happen to. */
  record Step(What what, int whom, int seconds) {}

  enum State {
    HELD,
    TOLD,
    RUNNING,
    OVER
  }

  /** One machine that wants one image. */
  static final class Machine implements Admission.Waiter {
    private final AdmissionModel model;
    private final int number;
    final boolean ipxe;
    private long place;
    private State state = State.HELD;
    private long comeBackAt;
    private Admission.Ticket ticket = () -> false;
    Admission.Stream stream;
    private Line line = new Line();
    private boolean asking;

    Machine(AdmissionModel model, int number, boolean ipxe) {
      this.model = model;
      this.number = number;
      this.ipxe = ipxe;
    }

    String client() {
      return "client-" + number % CLIENTS;
    }

    void ask() {
      state = State.HELD;
      asking = true;
      ticket =
          model.admission.ask(
              AdmissionScene.request(
                  client(), ipxe ? Optional.of("" + number) : Optional.empty(), line, 50 * MB),
              this);
      asking = false;
    }

    @Override
    public void admitted(Admission.Stream admitted) {
      assertEquals(State.HELD, state, "one verdict for each asking");
      model.assertNobodyIsPassedOver(this);
      state = State.RUNNING;
      stream = admitted;
    }

    @Override
    public void refused(int seconds) {
      assertEquals(State.HELD, state, "one verdict for each asking");
      assertTrue(seconds >= 1 && seconds <= 60, "told " + seconds);
      assertTrue(ipxe || !asking, "only who comes back is refused at once");
      state = ipxe ? State.TOLD : State.OVER;
      comeBackAt = model.clock.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    boolean isPresent() {
      return state == State.HELD && !asking;
    }

    boolean hasLostItsPlace() {
      return model.clock.nanoTime() >= comeBackAt + TimeUnit.SECONDS.toNanos(KEPT_SECONDS);
    }

    void connectAnew() {
      line.open = false;
      line = new Line();
    }
  }

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel timer = EmbeddedChannel.builder().ticker(clock).build();
  final List<Machine> machines = new ArrayList<>();
  private final int limit;
  private final int perClient;
  private final Admission admission;
  final int[] metered = new int[2];
  private long places;

  /** With these limits, zero for none. */
  AdmissionModel(int limit, int perClient) {
    this.limit = limit;
    this.perClient = perClient;
    admission =
        new Admission(
            new AdmissionLimits(limit, perClient, Duration.ofSeconds(WAIT_SECONDS)),
            timer.eventLoop(),
            clock::nanoTime,
            new AdmissionMeter() {
              @Override
              public void admitted(long waitedNanos) {
                assertTrue(waitedNanos >= 0);
                metered[0]++;
              }

              @Override
              public void refused(Reason reason) {
                metered[1]++;
              }
            });
  }

  List<Machine> in(State state) {
    return machines.stream().filter(machine -> machine.state == state).toList();
  }

  long running(String client) {
    return in(State.RUNNING).stream().filter(each -> each.client().equals(client)).count();
  }

  boolean hasRoom(Machine machine) {
    return (limit == 0 || in(State.RUNNING).size() < limit)
        && (perClient == 0 || running(machine.client()) < perClient);
  }

  void assertNobodyIsPassedOver(Machine admitted) {
    assertTrue(hasRoom(admitted), "no more than the limits run");
    for (Machine machine : machines) {
      assertTrue(
          machine == admitted
              || !machine.isPresent()
              || machine.place > admitted.place
              || !hasRoom(machine),
          () -> machine.number + " was there before " + admitted.number);
    }
  }

  void arrive(boolean ipxe) {
    Machine machine = new Machine(this, machines.size(), ipxe);
    machine.place = places++;
    machines.add(machine);
    machine.ask();
  }

  void comeBack(Machine machine) {
    if (machine.hasLostItsPlace()) {
      machine.place = places++;
    }
    machine.ask();
  }

  void finish(Machine machine) {
    machine.state = State.OVER;
    machine.stream.close();
  }

  void goAway(Machine machine) {
    machine.state = State.OVER;
    assertTrue(machine.ticket.cancel(), "it was held");
  }

  void pass(long seconds) {
    // One by one, so that no two verdicts of the timer fall together that did not in time.
    for (long i = 0; i < seconds; i++) {
      clock.advance(1, TimeUnit.SECONDS);
      timer.runPendingTasks();
    }
  }

  void take(Step step) {
    switch (step.what()) {
      case ASK -> arrive(false);
      case ASK_AS_IPXE -> arrive(true);
      case COME_BACK -> pick(State.TOLD, step).ifPresent(this::comeBack);
      case COME_BACK_ANEW ->
          pick(State.TOLD, step)
              .filter(machine -> machine.comeBackAt <= clock.nanoTime())
              .ifPresent(
                  machine -> {
                    machine.connectAnew();
                    comeBack(machine);
                  });
      case FINISH -> pick(State.RUNNING, step).ifPresent(this::finish);
      case FINISH_TWICE ->
          pick(State.OVER, step)
              .filter(machine -> machine.stream != null)
              .ifPresent(machine -> machine.stream.close());
      case GO_AWAY -> pick(State.HELD, step).ifPresent(this::goAway);
      case SEND -> pick(State.RUNNING, step).ifPresent(machine -> machine.stream.sent(5 * MB));
      case PASS -> pass(step.seconds());
    }
    check();
  }

  Optional<Machine> pick(State state, Step step) {
    List<Machine> those = in(state);
    return those.isEmpty() ? Optional.empty() : Optional.of(those.get(step.whom() % those.size()));
  }

  void check() {
    assertEquals(in(State.RUNNING).size(), admission.running());
    assertEquals(in(State.HELD).size(), admission.held());
    assertEquals(
        in(State.TOLD).stream().filter(machine -> !machine.hasLostItsPlace()).count(),
        admission.expected());
    for (Machine machine : in(State.HELD)) {
      assertTrue(
          !hasRoom(machine), () -> "a place stands empty while there waits " + machine.number);
    }
  }

  /** Everybody does what it is told until all have what they wanted. */
  void goOnToTheEnd() {
    int rounds = 0;
    while (!in(State.HELD).isEmpty() || !in(State.TOLD).isEmpty() || !in(State.RUNNING).isEmpty()) {
      assertTrue(rounds++ < 10_000, "somebody never gets its turn");
      in(State.RUNNING).stream().findFirst().ifPresent(this::finish);
      pass(1);
      for (Machine machine : in(State.TOLD)) {
        if (machine.comeBackAt <= clock.nanoTime()) {
          comeBack(machine);
        }
      }
      check();
    }
    assertEquals(0, admission.running());
    assertEquals(0, admission.held());
    assertEquals(0, admission.expected());
  }
}
