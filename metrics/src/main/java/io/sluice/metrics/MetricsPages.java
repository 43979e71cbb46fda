package io.sluice.metrics;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the metrics port has to show.
 *
 * <ul>
 *   <li>{@code /metrics}: the metrics, those named by {@code name[]} parameters or all; 503 when
 *       they are off
 *   <li>{@code /healthz}: 200 as long as the process answers
 *   <li>{@code /readyz}: 200 while the server takes requests, else 503
 *   <li>{@code /}: the status page for a client whose {@code Accept} names {@code text/html}, if
 *       there is one, and otherwise the metrics
 * </ul>
 *
 * @param renderer renders the metrics; null if they are off
 * @param ready whether the server takes requests; called on the event loop, so it must not block
 * @param statusPage a page of HTML in UTF-8, or null; not copied, so it must not be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a file's content, never compared
public record MetricsPages(
    @Nullable MetricsRenderer renderer, BooleanSupplier ready, byte @Nullable [] statusPage) {}
