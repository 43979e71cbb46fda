package io.sluice.bench.record;

import io.sluice.bench.machine.Answer;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.Journal;
import io.sluice.bench.machine.MachineResult;
import io.sluice.bench.machine.StageRun;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Everything the machines of one turn did. Safe for use by several threads. */
public final class TurnRecord implements Journal {
  /** A chart of more spans shows no more; 2,000 machines of five stages make half of it. */
  private static final int MAX_SPANS = 20_000;

  private static final double NANOS_PER_MILLI = 1e6;

  private final long beganNanos;
  private final Map<BootStage, StageRecord> stages = new EnumMap<>(BootStage.class);
  private final List<Span> spans = new ArrayList<>();
  private final Map<MachineResult, AtomicLong> boots = new EnumMap<>(MachineResult.class);
  private final AtomicReference<@Nullable String> server = new AtomicReference<>();
  private final Runnable onBootEnded;
  private long droppedSpans;

  /**
   * A record of a turn.
   *
   * @param stages that its machines go through
   * @param beganNanos the storm's clock at the turn's beginning
   * @param onBootEnded called after each boot's end
   */
  public TurnRecord(List<BootStage> stages, long beganNanos, Runnable onBootEnded) {
    this.beganNanos = beganNanos;
    this.onBootEnded = onBootEnded;
    for (BootStage stage : stages) {
      this.stages.put(stage, new StageRecord());
    }
    for (MachineResult ending : MachineResult.values()) {
      boots.put(ending, new AtomicLong());
    }
  }

  @Override
  public void began(int machine, BootStage stage) {
    stage(stage).begin();
  }

  @Override
  public void received(BootStage stage, int bytes) {
    stage(stage).receive(bytes);
  }

  @Override
  public void toldToWait(BootStage stage) {
    stage(stage).waitTold();
  }

  @Override
  public void ended(StageRun run) {
    stage(run.stage()).end(run);
    Answer answer = run.answer();
    if (answer != null && answer.server() != null) {
      server.compareAndSet(null, answer.server());
    }
    Span span =
        new Span(
            run.machine(),
            run.stage().label(),
            (run.beganNanos() - beganNanos) / NANOS_PER_MILLI,
            (run.endedNanos() - beganNanos) / NANOS_PER_MILLI,
            run.ending().label());
    synchronized (spans) {
      if (spans.size() < MAX_SPANS) {
        spans.add(span);
      } else {
        droppedSpans++;
      }
    }
  }

  @Override
  public void bootEnded(int machine, MachineResult ending) {
    count(ending).incrementAndGet();
    onBootEnded.run();
  }

  /** The record of a stage the machines go through. */
  public StageRecord stage(BootStage stage) {
    StageRecord found = stages.get(stage);
    if (found == null) {
      throw new IllegalArgumentException(stage.label() + " is no stage of this turn");
    }
    return found;
  }

  /** All stages, in their order. */
  public Map<BootStage, StageRecord> stages() {
    return new EnumMap<>(stages);
  }

  /** How many boots ended that way. */
  public long boots(MachineResult ending) {
    return count(ending).get();
  }

  private AtomicLong count(MachineResult ending) {
    AtomicLong found = boots.get(ending);
    if (found == null) {
      throw new IllegalStateException(ending.name());
    }
    return found;
  }

  /** Each machine's stages in the order they ended. */
  public List<Span> spans() {
    synchronized (spans) {
      return List.copyOf(spans);
    }
  }

  /** How many spans there was no room for. */
  public long droppedSpans() {
    synchronized (spans) {
      return droppedSpans;
    }
  }

  /** What the server calls itself, when it says. */
  public @Nullable String server() {
    return server.get();
  }

  /** Body bytes that came, without those of requests that failed. */
  public long goodBytes() {
    return stages.values().stream().mapToLong(StageRecord::goodBytes).sum();
  }

  /** Body bytes that came so far. */
  public long receivedBytes() {
    return stages.values().stream().mapToLong(StageRecord::receivedBytes).sum();
  }
}
