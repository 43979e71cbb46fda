/** The boot sequence of one virtual machine as a state machine that knows no sockets. */
@NullMarked
package io.sluice.bench.machine;

import org.jspecify.annotations.NullMarked;
