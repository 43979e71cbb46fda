/** The disks that others are made from: what a file holds, and its bytes. */
@NullMarked
package io.sluice.server.derive.source;

import org.jspecify.annotations.NullMarked;
