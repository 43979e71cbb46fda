/**
 * What is kept by key while the process runs: work under way, values that were used lately, and
 * what was allowed lately. Plain Java that knows nothing of images or machines.
 */
@NullMarked
package io.sluice.server.keyed;

import org.jspecify.annotations.NullMarked;
