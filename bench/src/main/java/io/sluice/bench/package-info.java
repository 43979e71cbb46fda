/** Rehearses a boot storm against any HTTP server: the command line and nothing else. */
@NullMarked
package io.sluice.bench;

import org.jspecify.annotations.NullMarked;
