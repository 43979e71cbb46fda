/** A folder of derived files within a budget of bytes. */
@NullMarked
package io.sluice.server.derive.cache;

import org.jspecify.annotations.NullMarked;
