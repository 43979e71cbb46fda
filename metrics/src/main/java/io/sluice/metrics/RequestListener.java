package io.sluice.metrics;

import java.util.List;

/**
 * Is told what becomes of each request. Every method is called on the event loop the request's
 * channel is registered with at that moment, so it must not block. What a listener throws is logged
 * and otherwise ignored.
 */
public interface RequestListener {

  /**
   * A request's head was read. Called before any handler further in sees the request.
   *
   * @param timer the request's timer, the same object in every later call for this request
   */
  void begun(RequestTimer timer);

  /**
   * Bytes of a response body left the process.
   *
   * <p>Comes after {@link #ended} only for a write that was still on its way when the request was
   * given up, or when the channel changed event loops.
   *
   * @param timer the request's timer, which already includes these bytes
   * @param bytes how many, always positive
   */
  void sent(RequestTimer timer, long bytes);

  /**
   * A request is over; called exactly once for every {@link #begun}.
   *
   * @param timer the request's timer; {@link RequestTimer#abortReason()} says how it went
   */
  void ended(RequestTimer timer);

  /**
   * One listener that tells several, in order. One that throws does not keep the others from being
   * told.
   *
   * @param listeners the listeners to tell; may be empty
   */
  static RequestListener all(RequestListener... listeners) {
    return new GuardedListeners(List.of(listeners));
  }
}
