/**
 * What happened: latency histograms, failures by kind, each machine's timeline, bytes over time.
 */
@NullMarked
package io.sluice.bench.record;

import org.jspecify.annotations.NullMarked;
