/** Which image transfers may run now. */
@NullMarked
package io.sluice.server.admission;

import org.jspecify.annotations.NullMarked;
