package io.sluice.bench.compare;

import io.sluice.bench.client.ClientLoop;
import io.sluice.bench.client.ClientLoops;
import io.sluice.bench.probe.ProbeRecord;
import io.sluice.bench.record.TurnRecord;
import io.sluice.bench.scrape.ServerScraper;
import io.sluice.bench.scrape.ServerView;
import io.sluice.bench.storm.StopSignal;
import io.sluice.bench.storm.StormSettings;
import io.sluice.bench.storm.Turn;
import io.sluice.bench.storm.TurnResult;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Storms against several targets. Rounds are interleaved, and each begins with another target, so
 * that what changes on the machine meanwhile meets all of them alike.
 */
public final class Comparison {
  /** How long a server may take to listen: a JVM on a busy machine needs seconds. */
  private static final Duration STARTING = Duration.ofSeconds(30);

  /** What servers that have come to rest spend together, in seconds of processor time a second. */
  private static final double AT_REST = 0.05;

  private static final Duration LONGEST_UNREST = Duration.ofMinutes(1);

  private final List<Target> targets;
  private final Plan plan;
  private final Function<Target, StormSettings> settings;
  private final StopSignal stop;
  private final Observer observer;

  /**
   * How often and with how many.
   *
   * @param machineCounts each is a storm of its own
   * @param rounds how often everything is repeated
   * @param warmup how long each target is stormed before the first round, zero for not at all
   * @param serverCpus where commands run, or null for everywhere
   */
  public record Plan(
      List<Integer> machineCounts, int rounds, Duration warmup, @Nullable CpuPin serverCpus) {}

  /** Hears of turns. */
  public interface Observer {
    /** Servers were started and are left alone until they have come to rest. */
    void serversComeToRest();

    /** A turn begins. */
    void turnBegins(Target target, int machines, int round, int rounds);

    /** A turn is getting on; about ten times a second. */
    void turnGoesOn(TurnRecord record, ProbeRecord probes, double seconds);

    /** A turn is over. */
    void turnEnded(Outcome outcome);
  }

  /**
   * A comparison that has not begun.
   *
   * @param settings of each target's storms
   */
  public Comparison(
      List<Target> targets,
      Plan plan,
      Function<Target, StormSettings> settings,
      StopSignal stop,
      Observer observer) {
    this.targets = List.copyOf(targets);
    this.plan = plan;
    this.settings = settings;
    this.stop = stop;
    this.observer = observer;
  }

  /**
   * Starts what is to be started, runs all turns, and ends what was started, whatever happens.
   *
   * @param outcomes takes each turn as it ends, so that nothing measured is lost to a failure
   * @throws IOException when a server does not start
   */
  public void run(ClientLoops machines, ClientLoops probes, List<Outcome> outcomes)
      throws IOException, InterruptedException {
    Map<String, SpawnedServer> servers = new LinkedHashMap<>();
    try {
      for (Target target : targets) {
        start(target, servers);
      }
      awaitRest(servers.values());
      ClientLoop probeLoop = probes.loops().get(0);
      warmUp(machines.loops(), probeLoop);
      for (int round = 1; round <= plan.rounds(); round++) {
        for (int count : plan.machineCounts()) {
          for (int i = 0; i < targets.size() && !stop.requested(); i++) {
            Target target = targets.get((i + round - 1) % targets.size());
            observer.turnBegins(target, count, round, plan.rounds());
            SpawnedServer server = servers.get(target.name());
            outcomes.add(turn(target, count, round, server, machines.loops(), probeLoop));
            observer.turnEnded(outcomes.get(outcomes.size() - 1));
          }
        }
      }
    } finally {
      servers.values().forEach(SpawnedServer::close);
    }
  }

  private void start(Target target, Map<String, SpawnedServer> servers)
      throws IOException, InterruptedException {
    String command = target.command();
    if (command == null || stop.requested()) {
      return;
    }
    SpawnedServer.requireFree(target.name(), target.endpoint().address());
    CpuPin cpus = plan.serverCpus();
    SpawnedServer server =
        SpawnedServer.start(target.name(), command, cpus == null ? null : cpus.list());
    servers.put(target.name(), server);
    server.awaitListening(target.endpoint().address(), STARTING);
  }

  /**
   * Waits until servers have done the work that follows their start: it would slow down the target
   * that is measured on the same processor meanwhile.
   */
  private void awaitRest(Collection<SpawnedServer> servers) throws InterruptedException {
    if (servers.isEmpty()) {
      return;
    }
    observer.serversComeToRest();
    long until = System.nanoTime() + LONGEST_UNREST.toNanos();
    double before = cpuSeconds(servers);
    double spent = Double.MAX_VALUE;
    while (spent > AT_REST && System.nanoTime() < until && !stop.requested()) {
      TimeUnit.SECONDS.sleep(1);
      double now = cpuSeconds(servers);
      spent = now - before;
      before = now;
    }
  }

  private static double cpuSeconds(Collection<SpawnedServer> servers) {
    return servers.stream().mapToDouble(server -> server.cost().cpuSeconds()).sum();
  }

  private void warmUp(List<ClientLoop> loops, ClientLoop probeLoop) throws InterruptedException {
    if (plan.warmup().isZero()) {
      return;
    }
    int machines = plan.machineCounts().stream().mapToInt(Integer::intValue).max().orElse(1);
    for (Target target : targets) {
      if (!stop.requested()) {
        observer.turnBegins(target, machines, 0, plan.rounds());
        TurnResult unused =
            new Turn(
                    target.endpoint(),
                    machines,
                    settings.apply(target).warmingUp(plan.warmup()),
                    loops,
                    probeLoop,
                    stop)
                .run(observer::turnGoesOn);
      }
    }
  }

  private Outcome turn(
      Target target,
      int machines,
      int round,
      @Nullable SpawnedServer server,
      List<ClientLoop> loops,
      ClientLoop probeLoop)
      throws InterruptedException {
    URI metrics = target.metrics();
    ServerCost before = server == null ? null : server.cost();
    StormSettings storm = settings.apply(target);
    try (ServerScraper scraper =
        metrics == null ? null : new ServerScraper(metrics, storm.serverHistograms())) {
      Turn turn = new Turn(target.endpoint(), machines, storm, loops, probeLoop, stop);
      System.gc(); // Else that comes within a turn, and some probes wait for it.
      TurnResult result = turn.run(observer::turnGoesOn);
      ServerView view = scraper == null ? null : scraper.finish();
      return new Outcome(target, machines, round, result, spent(before, server), view);
    }
  }

  private static @Nullable ServerCost spent(
      @Nullable ServerCost before, @Nullable SpawnedServer server) {
    if (before == null || server == null) {
      return null;
    }
    ServerCost after = server.cost();
    return new ServerCost(after.cpuSeconds() - before.cpuSeconds(), after.residentBytes());
  }
}
