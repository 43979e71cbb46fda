/**
 * The settings of the server: where they come from, what they may be, and the validated, immutable
 * result.
 */
@NullMarked
package io.sluice.server.config;

import org.jspecify.annotations.NullMarked;
