/** The JSON interface: machines, profiles, images, events. */
@NullMarked
package io.sluice.server.api;

import org.jspecify.annotations.NullMarked;
