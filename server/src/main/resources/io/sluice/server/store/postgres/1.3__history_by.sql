-- Who asked for a change: the address of the request, and the name of the token it came with.
ALTER TABLE history ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN token TEXT NOT NULL DEFAULT '';
