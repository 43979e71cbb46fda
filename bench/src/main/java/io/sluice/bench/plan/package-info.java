/** From one measured run, how long other numbers of machines and bytes will take. */
@NullMarked
package io.sluice.bench.plan;

import org.jspecify.annotations.NullMarked;
