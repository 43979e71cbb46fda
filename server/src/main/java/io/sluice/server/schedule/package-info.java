/** Which transfer sends next on which event loop, and how fast. */
@NullMarked
package io.sluice.server.schedule;

import org.jspecify.annotations.NullMarked;
