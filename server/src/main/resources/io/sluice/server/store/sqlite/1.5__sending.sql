-- The size of the image, and what servers have begun to send of it: "SERVER:BEGIN-END SERVER:BEGIN-END".
-- Of older rows the size is not known; they never count as whole by themselves.
ALTER TABLE coverage ADD COLUMN total INTEGER NOT NULL DEFAULT 9223372036854775807;

ALTER TABLE coverage ADD COLUMN sending TEXT NOT NULL DEFAULT '';
