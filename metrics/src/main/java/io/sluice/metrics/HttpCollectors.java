package io.sluice.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;

/** The collectors of {@link ServerMetrics}, whose label values {@link EndpointSeries} resolves. */
record HttpCollectors(
    Gauge inFlight,
    Counter requests,
    Histogram duration,
    Histogram firstByte,
    Counter bytes,
    Counter aborted) {}
