/** Which client a request comes from, and by what name it reaches the server, proxies included. */
@NullMarked
package io.sluice.server.http.arrival;

import org.jspecify.annotations.NullMarked;
