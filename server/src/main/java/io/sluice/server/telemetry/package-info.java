/** Every series is registered here; other packages know interfaces of meters only. */
@NullMarked
package io.sluice.server.telemetry;

import org.jspecify.annotations.NullMarked;
