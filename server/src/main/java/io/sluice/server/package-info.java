/** The command line and the composition root: everything is built here, once, by hand. */
@NullMarked
package io.sluice.server;

import org.jspecify.annotations.NullMarked;
