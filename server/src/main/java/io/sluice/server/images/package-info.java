/** What is served under {@code /images}: files as they are, and what is derived from them. */
@NullMarked
package io.sluice.server.images;

import org.jspecify.annotations.NullMarked;
