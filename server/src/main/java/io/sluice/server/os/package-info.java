/** What Linux can do and Java cannot, by way of the C library and {@code /proc}. */
@NullMarked
package io.sluice.server.os;

import org.jspecify.annotations.NullMarked;
