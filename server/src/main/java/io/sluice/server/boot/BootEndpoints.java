package io.sluice.server.boot;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.keyed.PoolWork;
import io.sluice.server.keyed.RateLimit;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.root.RootGoneException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints that answer machines with scripts. Decides in memory; renders on a pool. */
public final class BootEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(BootEndpoints.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  /** A machine that gets no script asks again every few seconds; the log is told less often. */
  private static final Duration COMPLAINT_PERIOD = Duration.ofMinutes(10);

  /** More different ones than an operator reads. */
  private static final int MOST_COMPLAINTS = 64;

  private final Fleet fleet;
  private final Installations installations;
  private final Profiles profiles;
  private final Scripts scripts;
  private final Versions versions;
  private final Executor pool;
  private final Clock clock;
  private final RateLimit<String> complaints;

  /**
   * Answers for the machines of a fleet.
   *
   * @param pool may block; when it refuses work, the answer is 503
   */
  public BootEndpoints(
      Fleet fleet,
      Installations installations,
      Profiles profiles,
      Scripts scripts,
      Versions versions,
      Executor pool,
      Clock clock) {
    this.fleet = fleet;
    this.installations = installations;
    this.profiles = profiles;
    this.scripts = scripts;
    this.versions = versions;
    this.pool = pool;
    this.clock = clock;
    this.complaints = new RateLimit<>(clock, COMPLAINT_PERIOD, MOST_COMPLAINTS);
  }

  /**
   * Answers with the script for the client.
   *
   * @param form the language
   * @param unchanged gives profiles that are the same for everybody, as they stand
   */
  public Endpoint script(ScriptLanguage form, ProfileFiles unchanged) {
    return request -> onPool(request, () -> decided(request, form, unchanged));
  }

  /**
   * Answers a known machine with its script, and every other client with something else.
   *
   * @param otherwise for clients that are not known, and for profiles without this language
   */
  public Endpoint scriptOfKnown(ScriptLanguage form, Endpoint otherwise) {
    return request -> {
      BootRequest asked = BootQuery.read(request);
      boolean known =
          fleet
              .find(asked)
              .filter(stored -> !Decider.needsMac(asked, stored.machine()))
              .isPresent();
      if (fleet.isLoaded() && !known) {
        return otherwise.answer(request);
      }
      return onPool(request, () -> decided(request, form, name -> otherwise));
    };
  }

  /** Answers with a text where another endpoint has nothing. */
  public Endpoint orElse(Endpoint first, String text) {
    return request ->
        first
            .answer(request)
            .thenApply(
                reply ->
                    reply.status().equals(HttpResponseStatus.NOT_FOUND)
                        ? Reply.Page.ok(TEXT, text.getBytes(StandardCharsets.UTF_8))
                        : reply);
  }

  /** Where files come from that are sent as they stand. */
  @FunctionalInterface
  public interface ProfileFiles {
    /** What answers with the file of a profile. */
    Endpoint of(String profile);
  }

  /** What a machine is handed that is to be installed. */
  public interface Handout {
    /** The profile it comes from, if that can be used. */
    Optional<Profile> profile(String name) throws IOException;

    /** What goes out. */
    Reply of(Profile profile, BootRequest asked, Machine machine, Installation installation)
        throws IOException;
  }

  /**
   * Hands something else than a script to a machine that is to be installed, by the same rules, and
   * counts it as a script.
   *
   * @param request may name all cards of the machine: the record may have any of them
   * @param otherwise for a machine that boots something
   */
  public CompletionStage<Reply> installing(Request request, Handout handout, Reply otherwise) {
    List<BootRequest> cards = BootQuery.readEachCard(request);
    BootRequest asked =
        cards.stream().filter(this::isToBeInstalled).findFirst().orElse(cards.get(0));
    return onPool(
        request,
        () ->
            decided(
                request,
                asked,
                handout,
                (machine, boot) -> CompletableFuture.completedFuture(otherwise)));
  }

  private boolean isToBeInstalled(BootRequest asked) {
    return fleet.find(asked).filter(stored -> stored.machine().installation().isOpen()).isPresent();
  }

  /** What a machine gets that boots something. */
  private interface Booting {
    CompletionStage<Reply> reply(@Nullable Machine machine, Decision.Boot decision)
        throws IOException;
  }

  private record ScriptHandout(
      Profiles profiles, Scripts scripts, ScriptLanguage form, Scripts.Urls urls)
      implements Handout {
    @Override
    public Optional<Profile> profile(String name) throws IOException {
      return profiles.find(name, form).filter(Profile::installs);
    }

    @Override
    public Reply of(Profile profile, BootRequest asked, Machine machine, Installation installation)
        throws IOException {
      return page(
          scripts.render(profile, new Scripts.Reader(asked, machine, installation, urls, true)));
    }
  }

  private interface Rendering {
    CompletionStage<Reply> reply() throws IOException;
  }

  private CompletionStage<Reply> onPool(Request request, Rendering rendering) {
    try {
      return PoolWork.<CompletionStage<Reply>>begin(
              pool,
              request.path().text(),
              () -> answer(request, rendering),
              () -> CompletableFuture.completedFuture(later("a file system does not answer")),
              unwanted -> unwanted.thenAccept(Reply::discard))
          .thenCompose(reply -> reply)
          .thenApply(reply -> noted(request, reply));
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(
          noted(request, later("too many requests wait for a script")));
    }
  }

  /** A machine that waits does so for a reason that its operator may want to know. */
  private Reply noted(Request request, Reply reply) {
    if (reply instanceof Reply.Problem problem
        && reply.status().equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
      fleet
          .find(BootQuery.read(request))
          .ifPresent(
              stored ->
                  fleet.journal().note(stored.machine().id(), "wait", "503, " + problem.detail()));
    }
    return reply;
  }

  private CompletionStage<Reply> answer(Request request, Rendering rendering) {
    try {
      return rendering.reply();
    } catch (ProfileException e) {
      String complaint = String.valueOf(e.getMessage());
      if (complaints.tryAcquire(complaint)) {
        LOG.warn("no script: {}", complaint);
      }
      return CompletableFuture.completedFuture(later(complaint));
    } catch (RootGoneException gone) {
      return CompletableFuture.completedFuture(later("the server has no root at the moment"));
    } catch (IOException e) {
      LOG.warn("{}: {}", request.path().text(), e.toString());
      return CompletableFuture.completedFuture(later("the server cannot read or write something"));
    }
  }

  private CompletionStage<Reply> decided(
      Request request, ScriptLanguage form, ProfileFiles unchanged) throws IOException {
    BootRequest asked = BootQuery.read(request);
    return decided(
        request,
        asked,
        new ScriptHandout(profiles, scripts, form, Scripts.Urls.of(request.arrival())),
        (machine, decision) -> boot(request, form, asked, machine, decision, unchanged));
  }

  private CompletionStage<Reply> decided(
      Request request, BootRequest asked, Handout handout, Booting booting) throws IOException {
    if (!fleet.isLoaded()) {
      return CompletableFuture.completedFuture(
          later("the store cannot be reached, and nothing is known yet of any machine"));
    }
    Optional<StoredMachine> stored = fleet.find(asked);
    Machine machine = stored.map(StoredMachine::machine).orElse(null);
    Decider decider = new Decider(profiles.rules(), profiles);
    Decision decision = decider.decide(asked, machine, fleet.isCurrent(), clock.instant());
    if (decision instanceof Decision.Refuse refuse) {
      return refused(machine, asked, last(refuse.reasons()));
    }
    if (decision instanceof Decision.Wait wait) {
      return CompletableFuture.completedFuture(later(last(wait.reasons())));
    }
    if (machine != null && decision instanceof Decision.Install install) {
      return install(request, asked, machine, install, handout, booting);
    }
    if (machine != null && !request.isHead()) {
      failIfOverdue(machine.installation());
    }
    return booting.reply(machine, (Decision.Boot) decision);
  }

  /**
   * A machine that asks for one script too many has failed; it boots even if that cannot be stored.
   */
  private void failIfOverdue(Installation installation) {
    String overdue = installation.overdue(clock.instant());
    if (overdue.isEmpty()) {
      return;
    }
    try {
      installations.fail(installation.token(), overdue);
    } catch (StoreException away) {
      LOG.warn("an installation has failed, which could not be stored: {}", away.getMessage());
    }
  }

  private CompletionStage<Reply> boot(
      Request request,
      ScriptLanguage form,
      BootRequest asked,
      @Nullable Machine machine,
      Decision.Boot decision,
      ProfileFiles unchanged)
      throws IOException {
    String name = BootQuery.wish(request).filter(this::mayBeChosen).orElse(decision.profile());
    return script(request, form, asked, machine, name, unchanged)
        .thenApply(
            reply -> {
              if (machine != null
                  && !request.isHead()
                  && reply.status().equals(HttpResponseStatus.OK)) {
                fleet.journal().note(machine.id(), "script", name + " to " + address(asked));
              }
              return reply;
            });
  }

  private CompletionStage<Reply> script(
      Request request,
      ScriptLanguage form,
      BootRequest asked,
      @Nullable Machine machine,
      String name,
      ProfileFiles unchanged)
      throws IOException {
    Optional<Profile> profile = profiles.find(name, form);
    if (profile.isEmpty() && form != ScriptLanguage.IPXE) {
      return unchanged.of(name).answer(request);
    }
    if (profile.isEmpty()) {
      throw new ProfileException("profiles/" + form.file(name) + ": missing");
    }
    if (profile.get().template().isPlain() && !profile.get().shipped()) {
      return unchanged.of(name).answer(request);
    }
    return CompletableFuture.completedFuture(
        page(
            scripts.render(
                profile.get(),
                new Scripts.Reader(
                    asked, machine, null, Scripts.Urls.of(request.arrival()), true))));
  }

  /** A menu may offer every profile but those that install. */
  private boolean mayBeChosen(String name) {
    return profiles.exists(name) && !profiles.installs(name);
  }

  private CompletionStage<Reply> install(
      Request request,
      BootRequest asked,
      Machine machine,
      Decision.Install decision,
      Handout handout,
      Booting booting)
      throws IOException {
    String name = decision.installation().profile();
    Profile profile =
        handout
            .profile(name)
            .orElseThrow(
                () -> new ProfileException("profiles/" + name + ": missing, or does not install"));
    Versions.Standing standing =
        request.isHead()
            ? versions.look(decision.installation(), machine)
            : versions.settle(decision.machine(), decision.installation(), machine);
    if (standing instanceof Versions.Standing.Waiting waiting) {
      return CompletableFuture.completedFuture(waits(waiting));
    }
    Installation installation = ((Versions.Standing.Settled) standing).installation();
    Reply handed = handout.of(profile, asked, machine, installation);
    if (!request.isHead() && Installations.isBounded(installation)) {
      Installations.Grant grant =
          installations.reserve(decision.machine(), installation, address(asked));
      if (grant == Installations.Grant.ELSEWHERE) {
        return refused(machine, asked, "its install script went elsewhere");
      }
      if (grant == Installations.Grant.NO_MORE) {
        // It is another machine than the one that was decided about.
        return decided(request, asked, handout, booting);
      }
    } else if (!request.isHead()) {
      installations.handedOut(decision.machine(), installation, address(asked));
    }
    if (!request.isHead()) {
      fleet.journal().note(decision.machine(), "script", name + " (install) to " + address(asked));
    }
    return CompletableFuture.completedFuture(handed);
  }

  private CompletionStage<Reply> refused(
      @Nullable Machine machine, BootRequest asked, String reason) {
    if (machine != null) {
      fleet.journal().note(machine.id(), "refused", reason + " (" + address(asked) + " asked)");
    }
    return CompletableFuture.completedFuture(
        Reply.Problem.of(HttpResponseStatus.FORBIDDEN, "no script: " + reason));
  }

  private static String address(BootRequest asked) {
    return asked.address().getHostAddress();
  }

  private static String last(List<String> reasons) {
    return reasons.get(reasons.size() - 1);
  }

  private static Reply page(String script) {
    return new Reply.Page(
        HttpResponseStatus.OK,
        TEXT,
        script.getBytes(StandardCharsets.UTF_8),
        Map.of(ResponseFields.CACHE_CONTROL, "no-store"));
  }

  /** What a machine is told that has to wait for the version of its image. */
  public static Reply waits(Versions.Standing.Waiting waiting) {
    Map<CharSequence, String> fields = new HashMap<>();
    waiting
        .retrySeconds()
        .ifPresent(seconds -> fields.put(ResponseFields.RETRY_AFTER, Long.toString(seconds)));
    return new Reply.Problem(HttpResponseStatus.SERVICE_UNAVAILABLE, waiting.why(), fields);
  }

  private static Reply later(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
  }
}
