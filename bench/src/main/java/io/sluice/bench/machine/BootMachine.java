package io.sluice.bench.machine;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine going through its boot sequence. Not safe for several threads: everything
 * happens in step with its wire.
 */
public final class BootMachine {
  /** How long a machine that failed waits before it boots again, where it does. */
  private static final long POWER_CYCLE_NANOS = Duration.ofSeconds(1).toNanos();

  private final int number;
  private final BootSequence sequence;
  private final Habits habits;
  private final Expectations expectations;
  private final Wire wire;
  private final Journal journal;
  private final LongSupplier clock;

  private @Nullable Attempt attempt;
  private boolean over;

  /**
   * A machine that is switched off.
   *
   * @param number from 0; decides its MAC
   * @param clock nanoseconds, the storm's
   */
  public BootMachine(
      int number,
      BootSequence sequence,
      Habits habits,
      Expectations expectations,
      Wire wire,
      Journal journal,
      LongSupplier clock) {
    this.number = number;
    this.sequence = sequence;
    this.habits = habits;
    this.expectations = expectations;
    this.wire = wire;
    this.journal = journal;
    this.clock = clock;
  }

  /** Switches the machine on. */
  public void powerOn() {
    if (!over) {
      begin(0);
    }
  }

  /** Ends whatever the machine is doing; a stage under way counts as cut off. */
  public void cutOff() {
    over = true;
    Attempt running = attempt;
    attempt = null;
    if (running != null) {
      running.end(MachineResult.CUT_OFF, null, null);
      journal.bootEnded(number, MachineResult.CUT_OFF);
    }
    wire.hangUp();
  }

  private void begin(int index) {
    Attempt next = new Attempt(index);
    attempt = next;
    journal.began(number, next.step.stage());
    next.ask(next.step.stage().newConnection());
  }

  private void bootEnded(MachineResult ending) {
    attempt = null;
    journal.bootEnded(number, ending);
    if (ending == MachineResult.VANISHED) {
      over = true;
      return;
    }
    wire.hangUp();
    if (habits.again() && !over) {
      wire.later(ending == MachineResult.DONE ? 0 : POWER_CYCLE_NANOS, this::powerOn);
    }
  }

  /** One stage under way, over as many requests as the server makes of it. */
  private final class Attempt implements AnswerListener {
    private final int index;
    private final BootSequence.Step step;
    private final long beganNanos = clock.getAsLong();
    private long firstByteNanos;
    private long bytes;

    Attempt(int index) {
      this.index = index;
      this.step = sequence.steps().get(index);
    }

    void ask(boolean newConnection) {
      firstByteNanos = 0;
      bytes = 0;
      wire.ask(new Ask(step.method(), step.path().forMachine(number), newConnection), this);
    }

    @Override
    public void firstByte() {
      firstByteNanos = clock.getAsLong();
    }

    @Override
    public void progress(int read, long soFar, long announced) {
      bytes = soFar;
      journal.received(step.stage(), read);
      boolean last = index == sequence.steps().size() - 1 || step.stage() == BootStage.IMAGE;
      if (habits.vanishing() != Habits.Vanishing.NO && last && soFar * 2 >= announced) {
        vanish();
      }
    }

    private void vanish() {
      if (habits.vanishing() == Habits.Vanishing.RESET) {
        wire.reset();
      } else {
        wire.fallSilent();
      }
      end(MachineResult.VANISHED, null, null);
      bootEnded(MachineResult.VANISHED);
    }

    @Override
    public void finished(Answer answer) {
      if (answer.status() == 503 && answer.retryAfterSeconds() >= 0 && habits.retries()) {
        journal.toldToWait(step.stage());
        long delay = Duration.ofSeconds(answer.retryAfterSeconds()).toNanos();
        wire.later(delay, this::askAgain);
        return;
      }
      if (answer.status() / 100 != 2) {
        failed(Failure.ofStatus(answer.status()));
        return;
      }
      Failure wrong = expectations.check(step, answer);
      if (wrong != null) {
        failed(wrong);
        return;
      }
      bytes = answer.bytes();
      end(MachineResult.DONE, null, answer);
      if (index + 1 < sequence.steps().size()) {
        begin(index + 1);
      } else {
        bootEnded(MachineResult.DONE);
      }
    }

    private void askAgain() {
      if (attempt == this) {
        ask(false);
      }
    }

    @Override
    public void failed(Failure failure) {
      end(MachineResult.FAILED, failure, null);
      bootEnded(MachineResult.FAILED);
    }

    void end(MachineResult ending, @Nullable Failure failure, @Nullable Answer answer) {
      journal.ended(
          new StageRun(
              number,
              step.stage(),
              beganNanos,
              firstByteNanos,
              clock.getAsLong(),
              bytes,
              ending,
              failure,
              answer));
    }
  }
}
