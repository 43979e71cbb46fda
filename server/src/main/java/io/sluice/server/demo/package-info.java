/** A small root to try the server with. */
@NullMarked
package io.sluice.server.demo;

import org.jspecify.annotations.NullMarked;
