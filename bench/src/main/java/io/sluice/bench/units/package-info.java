/** Amounts as people write them on a command line: sizes, rates, spans of time. */
@NullMarked
package io.sluice.bench.units;

import org.jspecify.annotations.NullMarked;
