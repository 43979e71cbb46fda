package io.sluice.server.store;

import java.sql.SQLException;

/** A newer version of the server has changed the tables; this one would misread them. */
final class NewerSchemaException extends SQLException {
  private static final long serialVersionUID = 1L;

  NewerSchemaException(String version, String comment) {
    super(
        "tables: version "
            + version
            + " ("
            + comment
            + ") (expected: one that this version of Sluice knows; a newer one has changed them)");
  }
}
