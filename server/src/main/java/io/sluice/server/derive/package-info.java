/**
 * Everything that is made from an image and kept: files that are read while they are written, the
 * cache they stay in, compressed copies, digests and block maps. Plain Java.
 */
@NullMarked
package io.sluice.server.derive;

import org.jspecify.annotations.NullMarked;
