/** When each machine of a storm is switched on. */
@NullMarked
package io.sluice.bench.arrivals;

import org.jspecify.annotations.NullMarked;
