package io.sluice.server.api.resource;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.BodyIntake;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestBody;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.keyed.PoolWork;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One resource of the API: what each method does with it, on a pool, and who may. */
public final class Resource implements Endpoint {
  private static final Logger LOG = LoggerFactory.getLogger(Resource.class);

  /** What a method does. */
  public interface Action {
    /** Answers; may block. */
    CompletionStage<Reply> answer(Request request) throws BadRequest, FieldException, IOException;
  }

  /** What a method does that is done at once. */
  public interface SimpleAction {
    /** Answers; may block. */
    Reply answer(Request request) throws BadRequest, FieldException, IOException;
  }

  /** How the body of a request is taken. */
  public interface Intake {
    /** Asked on a loop; the client is allowed to make the request. */
    BodyIntake of(Request request) throws BadRequest;
  }

  private static final Intake DISCARD = request -> BodyIntake.DISCARD;

  private record Method(
      boolean guarded,
      Set<String> parameters,
      String repeated,
      List<String> types,
      Intake intake,
      Action action) {
    Method with(Set<String> names) {
      return new Method(guarded, names, repeated, types, intake, action);
    }

    Method withRepeated(String name) {
      return new Method(guarded, parameters, name, types, intake, action);
    }
  }

  private final Access access;
  private final RequestThreads pool;
  private final Map<String, Method> methods = new LinkedHashMap<>();
  private final Set<String> looks = new HashSet<>();
  private final Set<String> atOnce = new HashSet<>();

  public Resource(Access access, RequestThreads pool) {
    this.access = access;
    this.pool = pool;
  }

  /** Every client may do this. */
  public Resource open(HttpMethod method, SimpleAction action) {
    looks.add(method.name());
    return openLater(method, now(action));
  }

  /** The same with a body in memory, for what never blocks: it is done on the loop. */
  public Resource openAtOnce(
      HttpMethod method, int limit, List<String> types, SimpleAction action) {
    atOnce.add(method.name());
    return openLater(method, limit, types, now(action));
  }

  /** Every client may do this; the answer may come later. */
  public Resource openLater(HttpMethod method, Action action) {
    return method(method, false, List.of(), DISCARD, action);
  }

  /** The same with a body in memory. */
  public Resource openLater(HttpMethod method, int limit, List<String> types, Action action) {
    return method(method, false, types, request -> new BodyIntake.Keep(limit), action);
  }

  /** Only who may change something may do this; there is no body. */
  public Resource guarded(HttpMethod method, Action action) {
    return method(method, true, List.of(), DISCARD, action);
  }

  /** The same with a body in memory. */
  public Resource guarded(HttpMethod method, int limit, List<String> types, Action action) {
    return method(method, true, types, request -> new BodyIntake.Keep(limit), action);
  }

  /** The same with a body that goes elsewhere. */
  public Resource guarded(HttpMethod method, Intake intake, Action action) {
    return method(method, true, List.of(), intake, action);
  }

  /** The same with a body of one of these media types. */
  public Resource guarded(HttpMethod method, List<String> types, Intake intake, Action action) {
    return method(method, true, types, intake, action);
  }

  private Resource method(
      HttpMethod method, boolean guarded, List<String> types, Intake intake, Action action) {
    methods.put(method.name(), new Method(guarded, Set.of(), "", types, intake, action));
    return this;
  }

  /** The parameters that the query of a request with this method may have; none without this. */
  public Resource parameters(HttpMethod method, Collection<String> names) {
    methods.computeIfPresent(method.name(), (name, known) -> known.with(Set.copyOf(names)));
    return this;
  }

  /** A parameter that may be there more than once. */
  public Resource repeated(HttpMethod method, String name) {
    methods.computeIfPresent(method.name(), (any, known) -> known.withRepeated(name));
    return this;
  }

  /** The parameters of a method. */
  public Set<String> parameters(String method) {
    Set<String> names = new HashSet<>();
    Method known = methods.get(method);
    if (known != null) {
      names.addAll(known.parameters());
      names.add(known.repeated());
      names.remove("");
    }
    return names;
  }

  /** An action that is done at once. */
  public static Action now(SimpleAction action) {
    return request -> CompletableFuture.completedFuture(action.answer(request));
  }

  /** The names of the methods there are. */
  public Collection<String> methods() {
    List<String> names = new ArrayList<>(methods.keySet());
    if (methods.containsKey("GET")) {
      names.add("HEAD");
    }
    return names;
  }

  private Optional<Method> method(Request request) {
    String name = request.isHead() ? "GET" : request.method().name();
    return Optional.ofNullable(methods.get(name));
  }

  @Override
  public BodyIntake intake(Request request) {
    Optional<Method> method = method(request);
    if (method.isEmpty()) {
      return BodyIntake.DISCARD;
    }
    try {
      if (method.get().guarded()) {
        access.check(request);
      }
      Query.of(request).only(method.get().parameters(), method.get().repeated());
      checkType(request, method.get());
      return method.get().intake().of(request);
    } catch (BadRequest problem) {
      return new BodyIntake.Refuse(Problems.of(problem));
    }
  }

  private static void checkType(Request request, Method method) throws BadRequest {
    if (method.types().isEmpty() || !request.headers().contains(HttpHeaderNames.CONTENT_TYPE)) {
      return;
    }
    String type = type(request);
    if (!method.types().contains(type)) {
      throw new BadRequest(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type (expected: " + String.join(" or ", method.types()) + ")");
    }
  }

  /** The media type of the body without its parameters; JSON when it is not named. */
  public static String type(Request request) {
    String field = request.headers().get(HttpHeaderNames.CONTENT_TYPE, Json.TYPE);
    return field.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  @Override
  public CompletionStage<Reply> answer(Request request) {
    Optional<Method> method = method(request);
    if (method.isEmpty()) {
      String allowed = String.join(", ", methods());
      return CompletableFuture.completedFuture(
          Problems.page(
              HttpResponseStatus.METHOD_NOT_ALLOWED,
              "method (expected: " + allowed + ")",
              "",
              Map.of(ResponseFields.ALLOW, allowed)));
    }
    if (atOnce.contains(request.method().name())) {
      return run(method.get(), request);
    }
    try {
      return PoolWork.<CompletionStage<Reply>>begin(
              threads(request),
              request.path().text(),
              () -> run(method.get(), request),
              () ->
                  CompletableFuture.completedFuture(
                      Problems.later("a file system does not answer")),
              unwanted -> unwanted.thenAccept(Reply::discard))
          .thenCompose(reply -> reply);
    } catch (RejectedExecutionException full) {
      abandon(request);
      return CompletableFuture.completedFuture(Problems.later("too many requests wait"));
    }
  }

  private Executor threads(Request request) {
    return looks.contains(request.isHead() ? "GET" : request.method().name())
        ? pool.looks()
        : pool.changes();
  }

  /** Only the action would take back what a body was poured into. */
  private static void abandon(Request request) {
    if (request.body() instanceof RequestBody.Poured poured) {
      poured.sink().abandon();
    }
  }

  private CompletionStage<Reply> run(Method method, Request request) {
    try {
      if (method.guarded()) {
        access.check(request);
      }
    } catch (BadRequest problem) {
      return CompletableFuture.completedFuture(Problems.of(problem));
    }
    return answer(request, method.action());
  }

  /** What an action answers, or what was wrong. */
  public static CompletionStage<Reply> answer(Request request, Action action) {
    try {
      return action.answer(request);
    } catch (BadRequest problem) {
      return CompletableFuture.completedFuture(Problems.of(problem));
    } catch (FieldException problem) {
      return CompletableFuture.completedFuture(Problems.of(problem));
    } catch (StoreException away) {
      return CompletableFuture.completedFuture(Problems.of(away));
    } catch (IOException e) {
      LOG.warn("{}: {}", request.path().text(), e.toString());
      return CompletableFuture.completedFuture(
          Problems.later("the server cannot do it now: " + e.getMessage()));
    }
  }

  /** The body of a request in memory. */
  public static byte[] body(Request request) {
    return request.body() instanceof RequestBody.Bytes bytes ? bytes.bytes() : new byte[0];
  }
}
