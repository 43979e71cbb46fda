package io.sluice.metrics;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the metrics port has to show.
 *
 * <ul>
 *   <li>{@code /metrics}: the metrics, those named by {@code name[]} parameters or all; 503 when
 *       they are off
 *   <li>{@code /healthz}: 200 as long as the process answers
 *   <li>{@code /readyz}: 200 while the server takes requests, else 503 with what is in the way
 *   <li>{@code /}: the status page for a client whose {@code Accept} names {@code text/html}, if
 *       there is one, and otherwise the metrics
 * </ul>
 *
 * @param renderer renders the metrics; null if they are off
 * @param obstacle why the server does not take requests, such as {@code store: not reached}; empty
 *     when it does; called on the event loop, so it must not block
 * @param statusPage a page of HTML in UTF-8, or null; not copied, so it must not be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a file's content, never compared
public record MetricsPages(
    @Nullable MetricsRenderer renderer, Supplier<String> obstacle, byte @Nullable [] statusPage) {

  /**
   * For a server that takes requests or does not, without a reason.
   *
   * @param ready whether the server takes requests; must not block
   */
  public MetricsPages(
      @Nullable MetricsRenderer renderer, BooleanSupplier ready, byte @Nullable [] statusPage) {
    this(renderer, () -> ready.getAsBoolean() ? "" : NOT_READY, statusPage);
  }

  private static final String NOT_READY = "not ready";
}
