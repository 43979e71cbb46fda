package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.metrics.AbortReason;
import io.sluice.server.boot.ImageFacts;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.images.DerivedImages;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.net.Selection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was delivered to machines that are being installed, and how each delivery ended. A script's
 * URLs carry the token of the installation, so it is known whose a request is, whatever address or
 * connection it comes from. A byte is delivered when the operating system has taken it.
 */
public final class Deliveries {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
  private static final String PARAMETER = "install";
  private static final int LONGEST_REASON = 200;

  /**
   * How long a report waits for deliveries whose last byte the machine may have before this server
   * has noted that it left. More than a starved machine needs for that, and less than any client
   * waits for an answer.
   */
  private static final long PATIENCE_SECONDS = 3;

  /** An answer to a machine that is being installed. */
  private static final class Delivery {
    private final String machine;
    private final String token;

    /** What history calls what was asked for. */
    private final String name;

    /** Names the bytes of the image that are sent; empty when it is none, or none that is known. */
    private final String etag;

    private final Reply reply;
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();

    Delivery(Machine machine, String name, String etag, Reply reply) {
      this.machine = machine.id();
      this.token = machine.installation().token();
      this.name = name;
      this.etag = etag;
      this.reply = reply;
    }
  }

  /** How one ended; see {@link Reply.EndListener}. */
  private record End(int status, long bytes, @Nullable AbortReason reason) {}

  private final Fleet fleet;
  private final Coverages coverages;
  private final ImageFacts images;
  private final Executor files;
  private final Executor requests;

  private final Set<Delivery> running = ConcurrentHashMap.newKeySet();

  /**
   * Nothing was delivered yet.
   *
   * @param files may block; images are looked at there
   * @param requests may block; proofs are stored there
   */
  public Deliveries(
      Fleet fleet, Coverages coverages, ImageFacts images, Executor files, Executor requests) {
    this.fleet = fleet;
    this.coverages = coverages;
    this.images = images;
    this.files = files;
    this.requests = requests;
  }

  /** An endpoint of files of which it is noted how machines get them. */
  public Endpoint asset(Endpoint endpoint) {
    return request -> {
      Optional<Machine> owner = owner(request);
      if (owner.isEmpty() || request.isHead()) {
        return endpoint.answer(request);
      }
      String name = request.path().text();
      return endpoint
          .answer(request)
          .thenApply(reply -> tracked(owner.get(), name, "", reply))
          .whenComplete((reply, failure) -> noteIfFailed(owner.get(), name, failure));
    };
  }

  /**
   * The version of the image that a request may have, whose installation may be over: who goes on
   * with what was begun must not get another.
   */
  public Optional<DerivedImages.Pin> pin(Request request) {
    return request
        .query()
        .first(PARAMETER)
        .flatMap(fleet::byToken)
        .map(stored -> stored.machine().installation())
        .filter(installation -> !installation.digest().isEmpty())
        .map(installation -> new DerivedImages.Pin(installation.image(), installation.digest()));
  }

  /**
   * An endpoint of images whose answers to machines are put together. A token of an installation
   * that nobody knows any more gets nothing: another may have followed, with another version.
   */
  public Endpoint image(Endpoint endpoint) {
    Endpoint known = ofKnown(endpoint);
    return request -> {
      Optional<String> token = request.query().first(PARAMETER);
      return token.isEmpty() || fleet.byToken(token.get()).isPresent()
          ? known.answer(request)
          : whenKnown(request, token.get(), known);
    };
  }

  private CompletionStage<Reply> whenKnown(Request request, String token, Endpoint known) {
    String path = request.path().text();
    try {
      return CompletableFuture.supplyAsync(
              () -> {
                try {
                  fleet.catchUp();
                  return fleet.byToken(token).isPresent()
                      ? known.answer(request)
                      : CompletableFuture.<Reply>completedFuture(
                          Reply.Problem.of(
                              HttpResponseStatus.CONFLICT,
                              path
                                  + ": its installation is not known any more (expected: the token"
                                  + " of a machine's last installation, or none)"));
                } catch (StoreException away) {
                  return CompletableFuture.completedFuture(
                      later(path + ": the store cannot be asked whose token this is"));
                }
              },
              requests)
          .thenCompose(Function.identity());
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(later(path + ": too many requests at once"));
    }
  }

  private static Reply later(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
  }

  private Endpoint ofKnown(Endpoint endpoint) {
    return request -> {
      Optional<Machine> owner = owner(request);
      if (owner.isEmpty() || request.isHead()) {
        return endpoint.answer(request);
      }
      String name = request.parameter("name");
      return endpoint
          .answer(request)
          .thenApplyAsync(
              reply -> {
                String etag = begin(name, owner.get().installation(), reply);
                return tracked(owner.get(), name, etag, reply);
              },
              this::onFiles)
          .whenComplete((reply, failure) -> noteIfFailed(owner.get(), name, failure));
    };
  }

  /** An answer whose end is noted. */
  private Reply tracked(Machine machine, String name, String etag, Reply reply) {
    Delivery delivery = new Delivery(machine, name, etag, reply);
    running.add(delivery);
    return new Reply.Tracked(
        reply, (status, bytes, reason) -> ended(delivery, new End(status, bytes, reason)));
  }

  private void noteIfFailed(Machine machine, String name, @Nullable Throwable failure) {
    if (failure != null) {
      fleet
          .journal()
          .note(
              machine.id(), "asset", name + ": " + HttpResponseStatus.INTERNAL_SERVER_ERROR.code());
    }
  }

  /** An answer that is there must not be lost because there is too much to do. */
  private void onFiles(Runnable task) {
    try {
      files.execute(task);
    } catch (RejectedExecutionException full) {
      task.run();
    }
  }

  private Optional<Machine> owner(Request request) {
    return request
        .query()
        .first(PARAMETER)
        .flatMap(fleet::byToken)
        .map(StoredMachine::machine)
        .filter(machine -> machine.installation().isOpen());
  }

  /**
   * The answer with an image is there.
   *
   * @return names the bytes of the image that are sent; empty when it is not the installed one
   */
  private String begin(String name, Installation installation, Reply reply) {
    Selection selection = selection(reply);
    String etag = field(reply, ResponseFields.ETAG);
    String image = installation.image();
    if (selection == null || etag.isEmpty() || image.isEmpty()) {
      return "";
    }
    boolean itself = name.equals(images.installed(image));
    if (!itself && !images.holdsSameDisk(name, image)) {
      return "";
    }
    if (selection.size() != Selection.UNKNOWN_SIZE) {
      String digest =
          itself && !installation.digest().isEmpty()
              ? installation.digest()
              : images.digest(name).orElse("");
      coverages.begin(installation.token(), etag, digest, selection);
    }
    return etag;
  }

  /** Which bytes are sent, null when it is an answer without any of them. */
  private static @Nullable Selection selection(Reply reply) {
    if (reply instanceof Reply.Transfer transfer) {
      return transfer.selection();
    }
    return reply instanceof Reply.Page page && page.status().code() == 200
        ? Selection.whole(page.body().length)
        : null;
  }

  private static String field(Reply reply, AsciiString name) {
    return reply.headers().entrySet().stream()
        .filter(field -> name.contentEquals(field.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  /** Completes when nothing is on its way to a machine, or when that takes too long. */
  CompletionStage<Boolean> quiet(String token) {
    List<CompletableFuture<Boolean>> theirs =
        running.stream().filter(each -> each.token.equals(token)).map(each -> each.over).toList();
    return CompletableFuture.allOf(theirs.toArray(new CompletableFuture<?>[0]))
        .thenApply(over -> true)
        .completeOnTimeout(false, PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private void ended(Delivery delivery, End end) {
    running.remove(delivery);
    try {
      note(delivery, end);
    } finally {
      delivery.over.complete(true);
    }
  }

  private void note(Delivery delivery, End end) {
    Selection selection = selection(delivery.reply);
    boolean isBody = selection != null && (end.status() == 200 || end.status() == 206);
    String event = delivery.etag.isEmpty() ? "asset" : "image";
    if (!isBody || selection == null) {
      fleet.journal().note(delivery.machine, event, delivery.name + refusal(delivery, end));
      return;
    }
    Coverages.Progress progress = covered(delivery, end, selection);
    fleet
        .journal()
        .note(
            delivery.machine,
            event,
            delivery.name
                + (end.reason() == null
                    ? delivered(delivery, end, selection, progress)
                    : cutOff(end, end.reason(), selection)));
    if (progress != Coverages.Progress.PARTIAL && !delivery.etag.isEmpty()) {
      prove(delivery.token);
    }
  }

  private Coverages.Progress covered(Delivery delivery, End end, Selection selection) {
    if (delivery.etag.isEmpty()) {
      return Coverages.Progress.PARTIAL;
    }
    if (selection.size() != Selection.UNKNOWN_SIZE) {
      return coverages.end(delivery.token, delivery.etag, selection, end.bytes());
    }
    // What is made while it is sent is of use as a whole, and its size is known at its end.
    return end.reason() == null
        ? coverages.end(delivery.token, delivery.etag, Selection.whole(end.bytes()), end.bytes())
        : Coverages.Progress.PARTIAL;
  }

  private String delivered(
      Delivery delivery, End end, Selection selection, Coverages.Progress progress) {
    if (selection.isWhole()) {
      return " delivered, " + end.bytes() + " bytes";
    }
    if (progress == Coverages.Progress.WHOLE) {
      return " delivered, " + selection.size() + " bytes in parts";
    }
    return delivery.etag.isEmpty()
        ? ": a part delivered"
        : ": "
            + coverages.delivered(delivery.token, delivery.etag)
            + " of "
            + selection.size()
            + " bytes delivered";
  }

  private static String cutOff(End end, @Nullable AbortReason reason, Selection selection) {
    long place = 0;
    for (Selection.Span span : selection.spans()) {
      long sent = span.among(end.bytes());
      place = sent > 0 || place == 0 ? span.first() + sent : place;
    }
    return " cut off after "
        + (selection.size() == Selection.UNKNOWN_SIZE
            ? end.bytes() + " bytes"
            : place + " of " + selection.size() + " bytes")
        + because(reason);
  }

  private static String because(@Nullable AbortReason reason) {
    return reason == null ? "" : " (" + reason.label().replace('_', ' ') + ")";
  }

  private static String refusal(Delivery delivery, End end) {
    if (end.status() == 0) {
      return " cut off before an answer" + because(end.reason());
    }
    String why = delivery.reply instanceof Reply.Problem problem ? problem.detail() : "";
    if (end.status() == 503 && why.isEmpty()) {
      why = "it has to wait for its turn";
    }
    return ": "
        + end.status()
        + (why.isEmpty() ? "" : ", " + why.substring(0, Math.min(LONGEST_REASON, why.length())));
  }

  private void prove(String token) {
    try {
      requests.execute(
          () -> {
            try {
              coverages.prove(token);
            } catch (StoreException e) {
              LOG.warn("an installation is covered, which could not be stored: {}", e.getMessage());
            }
          });
    } catch (RejectedExecutionException full) {
      LOG.warn("an installation is covered, which could not be stored: {}", full.toString());
    }
  }
}
