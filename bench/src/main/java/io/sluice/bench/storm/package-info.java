/** One turn of a storm against one target: machines, probes and scrapes together. */
@NullMarked
package io.sluice.bench.storm;

import org.jspecify.annotations.NullMarked;
