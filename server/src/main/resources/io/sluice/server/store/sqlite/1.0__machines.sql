-- A machine that is gone stays as a row without a document, so that its going can be followed.
CREATE TABLE machine (
  id TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  document TEXT
);

CREATE UNIQUE INDEX machine_revision ON machine (revision);

-- What names a machine and no other: "mac 52:54:00:12:34:56", "uuid ...", "serial ...".
CREATE TABLE machine_key (
  name TEXT NOT NULL PRIMARY KEY,
  machine TEXT NOT NULL
);

CREATE INDEX machine_key_machine ON machine_key (machine);

-- Whoever changes machines holds this row until the commit.
CREATE TABLE revision (
  one INTEGER NOT NULL PRIMARY KEY,
  latest INTEGER NOT NULL
);

INSERT INTO revision (one, latest) VALUES (1, 0);

CREATE TABLE history (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  machine TEXT NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL
);

CREATE INDEX history_machine ON history (machine, number);

CREATE INDEX history_at ON history (at);
