/** The digest that images are known by. Plain Java, but for a library of the system's. */
@NullMarked
package io.sluice.server.digest;

import org.jspecify.annotations.NullMarked;
