package io.sluice.bench.storm;

import io.sluice.bench.client.ChannelWire;
import io.sluice.bench.client.ClientLoop;
import io.sluice.bench.client.Endpoint;
import io.sluice.bench.machine.BootMachine;
import io.sluice.bench.machine.Expectations;
import io.sluice.bench.machine.Habits;
import io.sluice.bench.machine.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** The machines of a turn, spread over the generator's event loops. */
final class MachineGroup {
  private final List<ClientLoop> loops;
  private final List<List<Member>> membersByLoop = new ArrayList<>();

  private record Member(BootMachine machine, ChannelWire wire) {}

  /** Builds the machines; none is switched on. */
  MachineGroup(
      List<ClientLoop> loops,
      Endpoint endpoint,
      int machines,
      StormSettings settings,
      Expectations expectations,
      Journal journal) {
    this.loops = loops;
    loops.forEach(loop -> membersByLoop.add(new ArrayList<>()));
    SplittableRandom random = new SplittableRandom(settings.seed());
    boolean again = !settings.duration().isZero();
    for (int i = 0; i < machines; i++) {
      boolean vanishes = random.nextDouble() < settings.vanish();
      Habits habits =
          new Habits(
              settings.retries(), vanishes ? settings.vanishing() : Habits.Vanishing.NO, again);
      ChannelWire wire = loops.get(i % loops.size()).wire(endpoint);
      BootMachine machine =
          new BootMachine(
              i, settings.sequence(), habits, expectations, wire, journal, System::nanoTime);
      membersByLoop.get(i % loops.size()).add(new Member(machine, wire));
    }
  }

  /**
   * Switches the machines on.
   *
   * @param offsetsNanos when each is, from now
   */
  void powerOn(long[] offsetsNanos) {
    for (int l = 0; l < loops.size(); l++) {
      ClientLoop loop = loops.get(l);
      List<Member> members = membersByLoop.get(l);
      int first = l;
      loop.execute(
          () -> {
            for (int m = 0; m < members.size(); m++) {
              long offset = offsetsNanos[first + m * loops.size()];
              BootMachine machine = members.get(m).machine();
              loop.later(offset, machine::powerOn);
            }
          });
    }
  }

  /** Fails requests that have waited too long. */
  void expire() {
    for (int l = 0; l < loops.size(); l++) {
      List<Member> members = membersByLoop.get(l);
      loops
          .get(l)
          .execute(
              () -> {
                long now = System.nanoTime();
                members.forEach(member -> member.wire().expire(now));
              });
    }
  }

  /** Ends all machines and waits until they have ended. */
  void cutOff() throws InterruptedException {
    List<Future<?>> ends = new ArrayList<>();
    for (int l = 0; l < loops.size(); l++) {
      List<Member> members = membersByLoop.get(l);
      ends.add(
          loops
              .get(l)
              .call(
                  () -> {
                    members.forEach(member -> member.machine().cutOff());
                    return members.size();
                  }));
    }
    for (Future<?> end : ends) {
      try {
        end.get();
      } catch (ExecutionException failed) {
        throw new IllegalStateException("machines could not be ended", failed.getCause());
      }
    }
  }
}
