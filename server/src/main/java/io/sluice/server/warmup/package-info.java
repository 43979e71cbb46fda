/**
 * Requests that the server sends to itself at its start, so that its code is compiled when others
 * come.
 */
@NullMarked
package io.sluice.server.warmup;

import org.jspecify.annotations.NullMarked;
