/** The formats that a disk is offered in, and how their bytes are made. */
@NullMarked
package io.sluice.server.derive.format;

import org.jspecify.annotations.NullMarked;
