/** The images of a root as resources: listed, uploaded, deleted. */
@NullMarked
package io.sluice.server.api.images;

import org.jspecify.annotations.NullMarked;
