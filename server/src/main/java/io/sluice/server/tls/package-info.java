/** The certificate of the server: read from its files, and held up to date for new connections. */
@NullMarked
package io.sluice.server.tls;

import org.jspecify.annotations.NullMarked;
