/**
 * The folder that is served: what a name below it leads to, the boundary around it, and in which
 * state a file is.
 */
@NullMarked
package io.sluice.server.root;

import org.jspecify.annotations.NullMarked;
