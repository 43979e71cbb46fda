/** Machines, their installations and what proves these, as values; plain Java. */
@NullMarked
package io.sluice.server.machines;

import org.jspecify.annotations.NullMarked;
