package io.sluice.bench.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BootMachineTest {
  private final List<String> said = new ArrayList<>();
  private final List<StageRun> runs = new ArrayList<>();
  private final List<Runnable> timers = new ArrayList<>();
  private AnswerListener listener = new Deaf();
  private long now = 1;

  private static final class Deaf implements AnswerListener {
    @Override
    public void firstByte() {}

    @Override
    public void progress(int bytes, long soFar, long announced) {}

    @Override
    public void finished(Answer answer) {}

    @Override
    public void failed(Failure failure) {}
  }

  private final Wire wire =
      new Wire() {
        @Override
        public void ask(Ask ask, AnswerListener hears) {
          said.add((ask.newConnection() ? "new " : "") + ask.path());
          listener = hears;
        }

        @Override
        public void hangUp() {
          said.add("hang up");
        }

        @Override
        public void reset() {
          said.add("reset");
        }

        @Override
        public void fallSilent() {
          said.add("silent");
        }

        @Override
        public void later(long delayNanos, Runnable task) {
          said.add("later " + delayNanos / 1_000_000_000 + " s");
          timers.add(task);
        }
      };

  private final Journal journal =
      new Journal() {
        @Override
        public void began(int machine, BootStage stage) {}

        @Override
        public void received(BootStage stage, int bytes) {}

        @Override
        public void toldToWait(BootStage stage) {}

        @Override
        public void ended(StageRun run) {
          runs.add(run);
        }

        @Override
        public void bootEnded(int machine, MachineResult ending) {
          said.add(ending.label());
        }
      };

  private BootMachine machine(Habits habits) {
    BootSequence sequence =
        new BootSequence(
            List.of(
                new BootSequence.Step(
                    BootStage.SCRIPT, "GET", new PathTemplate("/boot/{mac:hexhyp}")),
                new BootSequence.Step(BootStage.KERNEL, "GET", new PathTemplate("/k")),
                new BootSequence.Step(BootStage.IMAGE, "GET", new PathTemplate("/i"))));
    return new BootMachine(
        7, sequence, habits, new Expectations(Map.of(), Map.of()), wire, journal, () -> now);
  }

  private void answer(int status, long retryAfter) {
    listener.firstByte();
    listener.finished(new Answer(status, 10, retryAfter, null, null));
  }

  @Test
  void aBootAsksForOneThingAfterTheOther() {
    machine(new Habits(true, Habits.Vanishing.NO, false)).powerOn();
    answer(200, -1);
    now = 5;
    answer(200, -1);
    answer(200, -1);
    assertEquals(List.of("new /boot/52-54-00-00-00-07", "/k", "new /i", "done", "hang up"), said);
    assertEquals(List.of(MachineResult.DONE, MachineResult.DONE, MachineResult.DONE), endings());
    assertEquals(4, runs.get(1).endedNanos() - runs.get(1).beganNanos());
  }

  @Test
  void aMachineToldToWaitWaitsAndAsksOnTheSameConnection() {
    machine(new Habits(true, Habits.Vanishing.NO, false)).powerOn();
    answer(503, 3);
    assertTrue(runs.isEmpty());
    timers.get(0).run();
    answer(200, -1);
    assertEquals(
        List.of("new /boot/52-54-00-00-00-07", "later 3 s", "/boot/52-54-00-00-00-07", "/k"), said);
  }

  @Test
  void aMachineWithoutThatHabitGivesUp() {
    machine(new Habits(false, Habits.Vanishing.NO, false)).powerOn();
    answer(503, 3);
    assertEquals(List.of(MachineResult.FAILED), endings());
    assertEquals("status 503", String.valueOf(runs.get(0).failure().label()));
  }

  @Test
  void aFailureEndsTheBootAndTheNextOneBeginsASecondLater() {
    BootMachine machine = machine(new Habits(true, Habits.Vanishing.NO, true));
    machine.powerOn();
    answer(404, -1);
    assertEquals("later 1 s", said.get(said.size() - 1));
    timers.get(0).run();
    machine.cutOff();
    assertEquals(List.of(MachineResult.FAILED, MachineResult.CUT_OFF), endings());
  }

  @Test
  void aMachineCutOffWhileItWaitsAsksNoMore() {
    BootMachine machine = machine(new Habits(true, Habits.Vanishing.NO, false));
    machine.powerOn();
    answer(503, 3);
    machine.cutOff();
    int before = said.size();
    timers.get(0).run();
    assertEquals(before, said.size());
  }

  @Test
  void aMachineThatVanishesDoesSoHalfWayThroughItsImage() {
    machine(new Habits(true, Habits.Vanishing.SILENCE, false)).powerOn();
    answer(200, -1);
    answer(200, -1);
    listener.progress(49, 49, 100);
    assertEquals("new /i", said.get(said.size() - 1));
    listener.progress(1, 50, 100);
    assertEquals(List.of("silent", "vanished"), said.subList(3, 5));
  }

  private List<MachineResult> endings() {
    return runs.stream().map(StageRun::ending).toList();
  }
}
