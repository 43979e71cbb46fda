-- Which write made a revision: a store that was restored counts on from a lower revision, with other marks.
CREATE TABLE mark (
  revision BIGINT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

INSERT INTO mark (revision, value)
  SELECT latest, md5(random()::text || clock_timestamp()::text) FROM revision;
