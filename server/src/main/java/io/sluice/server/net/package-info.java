/** Addresses and the names of machines as plain values, which every other package may see. */
@NullMarked
package io.sluice.server.net;

import org.jspecify.annotations.NullMarked;
