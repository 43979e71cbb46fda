-- Which bytes of an image were delivered in an installation: runs as "BEGIN-END BEGIN-END".
CREATE TABLE coverage (
  token TEXT NOT NULL,
  image TEXT NOT NULL,
  at INTEGER NOT NULL,
  runs TEXT NOT NULL,
  PRIMARY KEY (token, image)
);

CREATE INDEX coverage_at ON coverage (at);
