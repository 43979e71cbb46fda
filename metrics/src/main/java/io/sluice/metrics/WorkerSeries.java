package io.sluice.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;

/** The label values and resolved series of one event loop. */
record WorkerSeries(
    String group, String worker, GaugeDataPoint connections, CounterDataPoint bytes) {}
