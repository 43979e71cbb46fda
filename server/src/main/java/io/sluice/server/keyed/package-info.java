/**
 * What is kept by key while the process runs: work under way, values that were used lately, and
 * what was allowed lately; and work that may be given up. Plain Java that knows nothing of images
 * or machines.
 */
@NullMarked
package io.sluice.server.keyed;

import org.jspecify.annotations.NullMarked;
