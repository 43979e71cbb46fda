/**
 * All machines of a server in memory, and every change of them on its way to the store; plain Java.
 */
@NullMarked
package io.sluice.server.fleet;

import org.jspecify.annotations.NullMarked;
