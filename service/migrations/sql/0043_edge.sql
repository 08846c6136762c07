-- The trail's device, and a programme that is locked read-only.

-- On which device somebody did or saw something: a tablet's number, or a browser's family and whether it is a phone; never an address.
-- NULL: our own work, or what the release before wrote. The index is small as long as that is most of it.
ALTER TABLE trail_records ADD COLUMN device text CONSTRAINT ck_trail_records_device CHECK (char_length(device) <= 40);
CREATE INDEX ix_trail_records_device_at ON trail_records (device, at, id);

-- A programme that is locked is read and not written. The application may write it already (0003); the operator's command does.
ALTER TABLE programmes
  ADD COLUMN locked_at timestamptz,
  ADD COLUMN locked_by text,
  ADD COLUMN lock_reason text,
  ADD CONSTRAINT ck_programmes_lock CHECK ((locked_at IS NULL) = (locked_by IS NULL) AND (locked_at IS NULL) = (lock_reason IS NULL));
