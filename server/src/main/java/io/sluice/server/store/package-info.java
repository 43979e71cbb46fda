/** Machines in a database: SQLite for one server, PostgreSQL for several. */
@NullMarked
package io.sluice.server.store;

import org.jspecify.annotations.NullMarked;
