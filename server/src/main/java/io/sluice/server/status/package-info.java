/** What the server shows of itself to people: the access log and the status page. */
@NullMarked
package io.sluice.server.status;

import org.jspecify.annotations.NullMarked;
