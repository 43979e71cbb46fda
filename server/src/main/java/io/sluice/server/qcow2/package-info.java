/** Disk images as extents: reads QCOW2, and raw images in the same terms, in plain Java. */
@NullMarked
package io.sluice.server.qcow2;

import org.jspecify.annotations.NullMarked;
