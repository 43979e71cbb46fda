/** What a connection may take of the server: a place, memory, and turns for requests sent ahead. */
@NullMarked
package io.sluice.server.http.connection;

import org.jspecify.annotations.NullMarked;
