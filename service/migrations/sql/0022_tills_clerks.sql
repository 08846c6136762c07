-- Tablets: tokens that change every week, what a tablet says of itself, and which clerk stands at a till.

ALTER TABLE people_devices
  ADD COLUMN token_made_at timestamptz,
  ADD COLUMN old_token_hash bytea CONSTRAINT uq_people_devices_old_token_hash UNIQUE,  -- works on for a while: the new one may be lost on its way
  ADD COLUMN old_token_until timestamptz,
  ADD COLUMN heard_at timestamptz,         -- when it last told the next three
  ADD COLUMN queued integer CONSTRAINT ck_people_devices_queued CHECK (queued >= 0),
  ADD COLUMN queued_since timestamptz,     -- of the oldest sale that it could not send
  ADD COLUMN clock_offset_s integer,       -- its clock less ours
  ADD COLUMN shifts boolean NOT NULL DEFAULT false,  -- its shop has clerks: a sale needs one's shift
  ADD COLUMN clerk text,                   -- SHOP:LABEL
  ADD COLUMN clerk_until timestamptz,
  ADD COLUMN blocked_until timestamptz,    -- too many unknown codes were read there
  ADD CONSTRAINT ck_people_devices_old_token CHECK ((old_token_hash IS NULL) = (old_token_until IS NULL)),
  ADD CONSTRAINT ck_people_devices_clerk CHECK ((clerk IS NULL) = (clerk_until IS NULL));
UPDATE people_devices SET token_made_at = paired_at;
ALTER TABLE people_devices ALTER COLUMN token_made_at SET NOT NULL, SET (fillfactor = 80);
ALTER TABLE people_devices ALTER COLUMN token_made_at SET DEFAULT now();  -- the release before pairs tablets without saying it

-- Who sells in a shop: a label instead of a name, and four digits.
CREATE TABLE shops_clerks (
  id               bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_clerks PRIMARY KEY,
  shop_id          bigint NOT NULL CONSTRAINT fk_shops_clerks_shop_id_shops REFERENCES shops,
  label            text NOT NULL CONSTRAINT ck_shops_clerks_label CHECK (length(label) BETWEEN 1 AND 12),
  role             text NOT NULL CONSTRAINT ck_shops_clerks_role CHECK (role IN ('owner', 'clerk')),
  pin_hash         bytea NOT NULL,         -- HMAC with a key of the server: the table alone guesses nothing
  pin_key          text NOT NULL,          -- of the act that drew it: sent twice, it is drawn once
  pin_made_at      timestamptz NOT NULL,
  pin_failures     integer NOT NULL DEFAULT 0,
  pin_locked_until timestamptz,
  made_by          text NOT NULL,
  made_at          timestamptz NOT NULL,
  ended_at         timestamptz             -- who left signs in no more; what was sold stays theirs
);
CREATE UNIQUE INDEX uq_shops_clerks_shop_id_label ON shops_clerks (shop_id, label) WHERE ended_at IS NULL;

-- Who stood at which till, and when: an offline sale is the clerk's of its own moment.
CREATE TABLE shops_shifts (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_shifts PRIMARY KEY,
  device_id  bigint NOT NULL CONSTRAINT fk_shops_shifts_device_id_people_devices REFERENCES people_devices,
  clerk_id   bigint NOT NULL CONSTRAINT fk_shops_shifts_clerk_id_shops_clerks REFERENCES shops_clerks,
  started_at timestamptz NOT NULL,
  ends_at    timestamptz NOT NULL,         -- when it ends by itself, or when it was ended
  CONSTRAINT ck_shops_shifts_ends_at CHECK (ends_at >= started_at)
);
CREATE INDEX ix_shops_shifts_device_id ON shops_shifts (device_id, started_at);
CREATE INDEX ix_shops_shifts_clerk_id ON shops_shifts (clerk_id, started_at);

GRANT SELECT, INSERT, UPDATE ON shops_clerks, shops_shifts TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
