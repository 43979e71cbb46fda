/** A body as a plan of extents, and the pump that sends it in bounded parts. */
@NullMarked
package io.sluice.server.transfer;

import org.jspecify.annotations.NullMarked;
