/** Disks whose compressed clusters are inflated when they are first read. */
@NullMarked
package io.sluice.server.derive.fill;

import org.jspecify.annotations.NullMarked;
