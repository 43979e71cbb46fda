package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RequestTimer;
import io.sluice.server.boot.Coverages;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.ImageFacts;
import io.sluice.server.boot.Installation;
import io.sluice.server.boot.Machine;
import io.sluice.server.boot.StoreException;
import io.sluice.server.boot.StoredMachine;
import io.sluice.server.boot.Terms;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.images.DerivedImages;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was delivered to machines that are being installed. A script's URLs carry the token of the
 * installation, so it is known whose a request is, whatever address or connection it comes from.
 * Where the terms say so, every byte of the image is the proof. A byte is delivered when the
 * operating system has taken it.
 */
public final class Deliveries implements RequestListener {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
  private static final String PARAMETER = "install";

  /** The total of an image that is made while it is sent, as a whole or not at all. */
  private static final long UNKNOWN = -1;

  private static final int MOST_RUNNING = 100_000;
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+)");

  /** The same header fields, not equal ones: they stand for one request. */
  private record Head(HttpHeaders headers) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Head head && head.headers == headers;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(headers);
    }
  }

  /** What is on its way; the total is {@link #UNKNOWN} while nobody knows it. */
  private record Delivery(String token, String etag, long first, long total) {
    boolean isWholeImage() {
      return total == UNKNOWN;
    }
  }

  private final Fleet fleet;
  private final Coverages coverages;
  private final ImageFacts images;
  private final Executor files;
  private final Executor requests;

  /** Bounded, because a request may end before its answer is known, and then stays here. */
  private final Map<Head, Delivery> running =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Head, Delivery> eldest) {
              return size() > MOST_RUNNING;
            }
          });

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

  /** An endpoint of files of which it is noted that a machine asked for one. */
  public Endpoint asset(Endpoint endpoint) {
    return request -> {
      owner(request)
          .filter(owner -> !request.isHead())
          .ifPresent(owner -> fleet.journal().note(owner.id(), "asset", request.path().text()));
      return endpoint.answer(request);
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
      return owner.isEmpty() || request.isHead()
          ? endpoint.answer(request)
          : endpoint
              .answer(request)
              .thenApplyAsync(
                  reply -> {
                    begun(request, reply, owner.get());
                    return reply;
                  },
                  this::onFiles);
    };
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

  private void begun(Request request, Reply reply, Machine machine) {
    Installation installation = machine.installation();
    String etag = field(reply, ResponseFields.ETAG);
    if (!(reply instanceof Reply.Transfer transfer)
        || !request.parameters().getOrDefault("name", "").equals(installed(installation))
        || etag.isEmpty()) {
      return;
    }
    String range = field(reply, ResponseFields.CONTENT_RANGE);
    Matcher part = CONTENT_RANGE.matcher(range);
    long first = 0;
    long total = transfer.plan().isLengthKnown() ? transfer.plan().length() : UNKNOWN;
    if (part.matches()) {
      first = Long.parseLong(part.group(1));
      total = Long.parseLong(part.group(2));
    } else if (reply.status().code() != 200) {
      return;
    }
    Delivery delivery = new Delivery(installation.token(), etag, first, total);
    running.put(new Head(request.headers()), delivery);
    if (!coverages.knows(installation.token())) {
      fleet.journal().note(machine.id(), "image", installation.image() + " begun");
    }
    if (delivery.isWholeImage()) {
      return;
    }
    boolean shared = installation.terms().proof() == Terms.Proof.BYTES;
    coverages.begin(
        delivery.token(), delivery.etag(), shared ? installation.digest() : "", delivery.total());
  }

  private String installed(Installation installation) {
    return installation.image().isEmpty() ? "" : images.installed(installation.image());
  }

  private static String field(Reply reply, AsciiString name) {
    return reply.headers().entrySet().stream()
        .filter(field -> name.contentEquals(field.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  @Override
  public void begun(RequestTimer exchange) {}

  @Override
  public void sent(RequestTimer exchange, long bytes) {}

  @Override
  public void ended(RequestTimer exchange) {
    Delivery delivery =
        running.isEmpty() ? null : running.remove(new Head(exchange.request().headers()));
    if (delivery == null) {
      return;
    }
    boolean complete =
        delivery.isWholeImage()
            ? exchange.abortReason() == null
            : coverages.add(
                delivery.token(), delivery.etag(), delivery.first(), exchange.bodyBytes());
    if (complete) {
      covered(delivery.token());
    }
  }

  private void covered(String token) {
    try {
      requests.execute(() -> prove(token));
    } catch (RejectedExecutionException full) {
      LOG.warn(
          "an installation is covered, but could not be stored as proved: {}", full.toString());
    }
  }

  private void prove(String token) {
    try {
      coverages.prove(token);
    } catch (StoreException e) {
      LOG.warn("an installation is covered, but could not be stored as proved: {}", e.getMessage());
    }
  }
}
