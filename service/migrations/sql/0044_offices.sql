-- Offices given and taken at the desk: who gave one, and when. What was loaded or given before has neither.
ALTER TABLE people_roles ADD COLUMN given_by text, ADD COLUMN given_at timestamptz;
