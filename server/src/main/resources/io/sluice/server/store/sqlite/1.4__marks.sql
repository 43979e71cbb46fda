-- Which write made a revision: a store that was restored counts on from a lower revision, with other marks.
CREATE TABLE mark (
  revision INTEGER NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

INSERT INTO mark (revision, value)
  SELECT latest, lower(hex(randomblob(16))) FROM revision;
