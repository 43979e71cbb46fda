/**
 * Several targets in one run: processes to start and stop, interleaved rounds, medians and ranks.
 */
@NullMarked
package io.sluice.bench.compare;

import org.jspecify.annotations.NullMarked;
