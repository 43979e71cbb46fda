-- Serial numbers are compared without white space around them and without case. Where several machines have one then, it
-- names the first of them until the others are written anew.
INSERT INTO machine_key (name, machine)
  SELECT 'serial ' || lower(trim(substr(name, 8))), machine FROM machine_key WHERE name LIKE 'serial %'
  ON CONFLICT DO NOTHING;

DELETE FROM machine_key WHERE name LIKE 'serial %' AND name <> 'serial ' || lower(trim(substr(name, 8)));
