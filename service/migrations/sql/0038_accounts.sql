-- Second factors, recovery codes, failed sign-ins and what a session remembers.

-- Where a session was opened, by which second factor, and when it was last used (to ten minutes).
ALTER TABLE people_sessions
  ADD COLUMN device       text,
  ADD COLUMN factor       text CONSTRAINT ck_people_sessions_factor CHECK (factor IN ('totp', 'passkey', 'recovery')),
  ADD COLUMN last_seen_at timestamptz;

-- What somebody has beside a password. TOTP: the sealed secret, and the last step that was used.
-- A passkey: its public key and the number that its maker counts up, and its id.
CREATE TABLE accounts_factors (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_accounts_factors PRIMARY KEY,
  staff_id      bigint NOT NULL CONSTRAINT fk_accounts_factors_staff_id_people_staff REFERENCES people_staff,
  kind          text NOT NULL CONSTRAINT ck_accounts_factors_kind CHECK (kind IN ('totp', 'passkey')),
  name          text NOT NULL,
  secret        bytea NOT NULL,
  credential_id bytea CONSTRAINT uq_accounts_factors_credential_id UNIQUE,
  counter       bigint NOT NULL,
  made_at       timestamptz NOT NULL,
  used_at       timestamptz,
  CONSTRAINT ck_accounts_factors_passkey_has_id CHECK ((kind = 'passkey') = (credential_id IS NOT NULL))
);
CREATE INDEX ix_accounts_factors_staff_id ON accounts_factors (staff_id);

CREATE TABLE accounts_recovery_codes (
  staff_id  bigint NOT NULL CONSTRAINT fk_accounts_recovery_codes_staff_id_people_staff REFERENCES people_staff,
  code_hash bytea NOT NULL,                -- SHA-256 of 80 random bits: the table alone opens nothing
  used_at   timestamptz,
  CONSTRAINT pk_accounts_recovery_codes PRIMARY KEY (staff_id, code_hash)
);

-- Half a sign-in: the password was right and something is still to come. It opens nothing else.
CREATE TABLE accounts_pending (
  token_hash bytea NOT NULL CONSTRAINT pk_accounts_pending PRIMARY KEY,
  staff_id   bigint NOT NULL CONSTRAINT fk_accounts_pending_staff_id_people_staff REFERENCES people_staff,
  purpose    text NOT NULL CONSTRAINT ck_accounts_pending_purpose CHECK (purpose IN ('second', 'enrol', 'first')),
  opens      boolean NOT NULL,             -- a session follows when it is done
  challenge  bytea NOT NULL,               -- for a passkey
  secret     bytea,                        -- the sealed secret of an app that is being added
  device     text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX ix_accounts_pending_staff_id ON accounts_pending (staff_id);

-- Who was wrong how often: a sign-in name, an address, the second step of somebody. Only hashes of them.
CREATE TABLE accounts_tries (
  key        bytea NOT NULL CONSTRAINT pk_accounts_tries PRIMARY KEY,
  failures   integer NOT NULL,
  last_at    timestamptz NOT NULL,
  wait_until timestamptz
);
CREATE INDEX ix_accounts_tries_last_at ON accounts_tries (last_at);

-- Count a try before it is made, so that many at once are many; being right takes it back.
-- From the p_free-th on each failure waits twice as long as the one before: 30 s to 15 min. Who waits is not counted.
CREATE FUNCTION accounts_try(p_key bytea, p_free integer, p_now timestamptz, OUT may boolean, OUT waits boolean)
LANGUAGE plpgsql AS $$ DECLARE found accounts_tries; count integer; BEGIN
  INSERT INTO accounts_tries (key, failures, last_at) VALUES (p_key, 0, p_now) ON CONFLICT (key) DO NOTHING;
  SELECT * INTO found FROM accounts_tries t WHERE t.key = p_key FOR NO KEY UPDATE;
  may := coalesce(found.wait_until <= p_now, true);
  waits := false;
  IF may THEN
    count := 1 + CASE WHEN found.last_at > p_now - interval '1 day' THEN found.failures ELSE 0 END;
    waits := count >= p_free;
    UPDATE accounts_tries t SET failures = count, last_at = p_now, wait_until = CASE WHEN waits
      THEN p_now + least(interval '15 minutes', interval '30 seconds' * 2 ^ least(count - p_free, 5)) END
    WHERE t.key = p_key;
  END IF;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_factors, accounts_recovery_codes, accounts_pending, accounts_tries TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
