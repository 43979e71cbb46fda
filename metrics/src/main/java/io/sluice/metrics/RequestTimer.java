package io.sluice.metrics;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request, from the moment its head was read until its last byte was out or its connection
 * gone. Written only by {@link RequestTimingHandler}; the accessors may be called from any thread.
 */
public final class RequestTimer {
  private final HttpRequest request;
  private final Channel channel;
  private final String endpoint;
  private final Instant begunAt;
  private final LongSupplier nanoClock;
  private final long begunNanos;

  private volatile int status;
  private volatile long bodyBytes;
  private volatile long firstByteNanos = -1;
  private volatile long endedNanos = -1;
  private volatile @Nullable AbortReason abortReason;

  private boolean informational;
  private boolean bodiless;

  RequestTimer(
      HttpRequest request,
      Channel channel,
      String endpoint,
      Instant begunAt,
      LongSupplier nanoClock) {
    this.request = request;
    this.channel = channel;
    this.endpoint = endpoint;
    this.begunAt = begunAt;
    this.nanoClock = nanoClock;
    this.begunNanos = nanoClock.getAsLong();
  }

  /** The request's head, as the codec made it; its decoder result may be a failure. */
  public HttpRequest request() {
    return request;
  }

  /** The channel the request came in on. */
  public Channel channel() {
    return channel;
  }

  /** What the {@link EndpointClassifier} said, or the empty string if it threw. */
  public String endpoint() {
    return endpoint;
  }

  /** When the request's head was read, by the wall clock. */
  public Instant begunAt() {
    return begunAt;
  }

  /** The status code of the final response, or 0 until its head is written. */
  public int status() {
    return status;
  }

  /** How many bytes of the response's body really left so far, framing and head not counted. */
  public long bodyBytes() {
    return bodyBytes;
  }

  /** Nanoseconds from the request's head to the response's first byte, or -1 if none left yet. */
  public long firstByteNanos() {
    return firstByteNanos;
  }

  /** Nanoseconds from the request's head to its end, or until now while it goes on. */
  public long durationNanos() {
    long ended = endedNanos;
    return ended >= 0 ? ended : elapsed();
  }

  /** Why the request was cut off; null if it finished, and null while it goes on. */
  public @Nullable AbortReason abortReason() {
    return abortReason;
  }

  /** Whether the request is over, one way or the other. */
  boolean isEnded() {
    return endedNanos >= 0;
  }

  /** Whether a final response's head was written. */
  boolean hasHead() {
    return status != 0;
  }

  /** Whether a 1xx response was begun whose end has not been written. */
  boolean isInformational() {
    return informational;
  }

  void informational(boolean inside) {
    informational = inside;
  }

  /**
   * Notes the final response's head; a second one, which no codec lets through, changes nothing.
   */
  void head(HttpResponseStatus answer) {
    if (status == 0) {
      status = answer.code();
      bodiless = HttpMethod.HEAD.equals(request.method()) || isBodiless(answer);
    }
  }

  /** Whether the codec drops whatever body is written (RFC 9110 sections 9.3.2 and 15). */
  boolean isBodiless() {
    return bodiless;
  }

  private static boolean isBodiless(HttpResponseStatus answer) {
    return switch (answer.code()) {
      case 204, 205, 304 -> true;
      default -> false;
    };
  }

  /** Notes that something of the response left; only the first time counts. */
  void firstByte() {
    if (firstByteNanos < 0 && !isEnded()) {
      firstByteNanos = elapsed();
    }
  }

  void add(long bytes) {
    long before = bodyBytes;
    bodyBytes = before + bytes;
  }

  /** Ends the request; null means that it finished. The caller has seen that it is not over. */
  void end(@Nullable AbortReason reason) {
    abortReason = reason;
    endedNanos = elapsed();
  }

  private long elapsed() {
    return Math.max(0, nanoClock.getAsLong() - begunNanos);
  }
}
