package io.sluice.bench.storm;

import io.sluice.bench.client.ClientLoop;
import io.sluice.bench.client.Endpoint;
import io.sluice.bench.client.LoopClock;
import io.sluice.bench.machine.BootSequence;
import io.sluice.bench.machine.Expectations;
import io.sluice.bench.machine.PathTemplate;
import io.sluice.bench.probe.ProbeRecord;
import io.sluice.bench.probe.Prober;
import io.sluice.bench.record.RateSeries;
import io.sluice.bench.record.TurnRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One storm against one target. */
public final class Turn {
  private static final long STEP_MILLIS = 100;
  private static final int STEPS_PER_SWEEP = 10;

  /**
   * How long the last probes may take under the storm, which goes on for them that long, and as
   * long again after it.
   */
  private static final Duration PROBES_LAST = Duration.ofSeconds(5);

  private static final Duration PROBES_INTERRUPTED = Duration.ofMillis(500);

  private final Endpoint endpoint;
  private final int machines;
  private final StormSettings settings;
  private final List<ClientLoop> loops;
  private final ClientLoop probeLoop;
  private final StopSignal stop;
  private final AtomicInteger bootsLeft;
  private final AtomicLong lastEndNanos = new AtomicLong();
  private final Semaphore allDone = new Semaphore(0);
  private final RateSeries series = new RateSeries(STEP_MILLIS);
  private final ProbeRecord probes = new ProbeRecord();
  private final Expectations expectations;

  /** Hears how a turn is getting on, about ten times a second. */
  @FunctionalInterface
  public interface Progress {
    /** What happened until now. */
    void show(TurnRecord record, ProbeRecord probes, double seconds);
  }

  /** A turn that has not begun. */
  public Turn(
      Endpoint endpoint,
      int machines,
      StormSettings settings,
      List<ClientLoop> loops,
      ClientLoop probeLoop,
      StopSignal stop) {
    this.endpoint = endpoint;
    this.machines = machines;
    this.settings = settings;
    this.loops = loops;
    this.probeLoop = probeLoop;
    this.stop = stop;
    this.bootsLeft = new AtomicInteger(machines);
    this.expectations = new Expectations(settings.lengths(), settings.digests());
  }

  /** Runs the storm to its end: all machines done, time over, or the operator's wish. */
  public TurnResult run(Progress progress) throws InterruptedException {
    List<LoopClock> before = clocks();
    LoopClock probeBefore = result(probeLoop::clock);
    long began = System.nanoTime();
    TurnRecord record =
        new TurnRecord(
            settings.sequence().steps().stream().map(BootSequence.Step::stage).toList(),
            began,
            this::bootEnded);
    MachineGroup fleet =
        new MachineGroup(loops, endpoint, machines, settings, expectations, record);
    Prober prober = startProbes();
    fleet.powerOn(settings.arrivals().offsetsNanos(machines, settings.seed()));
    boolean finished = watch(record, fleet, began, progress);
    long ended = finished ? lastEndNanos.get() : System.nanoTime();
    // Taken now: the machines go on while the last probes wait, and that is not part of the time.
    long goodBytes = record.goodBytes();
    if (finished) {
      series.sample(record.receivedBytes());
    }
    GeneratorLoad load =
        GeneratorLoad.between(before, clocks(), probeBefore, result(probeLoop::clock));
    awaitProbes(prober, stop.requested() ? PROBES_INTERRUPTED : PROBES_LAST);
    fleet.cutOff();
    awaitProbes(prober, stop.requested() ? PROBES_INTERRUPTED : PROBES_LAST);
    abandonProbes(prober);
    return new TurnResult(
        record,
        probes,
        (ended - began) / 1e9,
        goodBytes,
        series.snapshot(),
        load,
        expectations.lengthsSeen(),
        stop.requested());
  }

  private void bootEnded() {
    lastEndNanos.set(System.nanoTime());
    if (bootsLeft.decrementAndGet() == 0) {
      allDone.release();
    }
  }

  /** True when each machine has ended its only boot. */
  private boolean watch(TurnRecord record, MachineGroup fleet, long began, Progress progress)
      throws InterruptedException {
    boolean timed = !settings.duration().isZero();
    long deadline = timed ? settings.duration().toNanos() : Long.MAX_VALUE;
    for (long step = 1; !stop.requested(); step++) {
      long elapsed = System.nanoTime() - began;
      long wait = Math.min(TimeUnit.MILLISECONDS.toNanos(step * STEP_MILLIS), deadline) - elapsed;
      if (timed) {
        TimeUnit.NANOSECONDS.sleep(wait);
      } else if (allDone.tryAcquire(wait, TimeUnit.NANOSECONDS)) {
        return true;
      }
      series.sample(record.receivedBytes());
      double seconds = (System.nanoTime() - began) / 1e9;
      progress.show(record, probes, seconds);
      if (seconds * 1e9 >= deadline) {
        return false;
      }
      if (step % STEPS_PER_SWEEP == 0) {
        fleet.expire();
      }
    }
    return false;
  }

  private @Nullable Prober startProbes() {
    PathTemplate path = settings.probe();
    if (path == null || settings.probesPerSecond() <= 0) {
      return null;
    }
    Prober prober =
        new Prober(probeLoop, endpoint, path, settings.probesPerSecond(), probes, System::nanoTime);
    probeLoop.execute(prober::start);
    return prober;
  }

  private void awaitProbes(@Nullable Prober prober, Duration atMost) throws InterruptedException {
    if (prober == null) {
      return;
    }
    probeLoop.execute(prober::stop);
    long until = System.nanoTime() + atMost.toNanos();
    while (System.nanoTime() < until && result(() -> probeLoop.call(prober::waiting)) > 0) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private void abandonProbes(@Nullable Prober prober) throws InterruptedException {
    if (prober == null) {
      return;
    }
    int unused =
        result(
            () ->
                probeLoop.call(
                    () -> {
                      prober.abandon();
                      return 0;
                    }));
  }

  private List<LoopClock> clocks() throws InterruptedException {
    List<LoopClock> clocks = new ArrayList<>();
    for (ClientLoop loop : loops) {
      clocks.add(result(loop::clock));
    }
    return clocks;
  }

  private static <T> T result(Callable<java.util.concurrent.Future<T>> call)
      throws InterruptedException {
    try {
      return call.call().get();
    } catch (ExecutionException failed) {
      throw new IllegalStateException("an event loop failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      throw interrupted;
    } catch (Exception failed) {
      throw new IllegalStateException("an event loop refused a task", failed);
    }
  }
}
