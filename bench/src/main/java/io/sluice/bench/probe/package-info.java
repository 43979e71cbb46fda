/** Requests sent at a constant rate beside a storm, timed from when they were due. */
@NullMarked
package io.sluice.bench.probe;

import org.jspecify.annotations.NullMarked;
