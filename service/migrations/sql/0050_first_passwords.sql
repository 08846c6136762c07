-- A first password was drawn or typed by somebody else: whom it was given to chooses an own one before anything opens.
-- A sign-in that was half open when the password changed is over.
ALTER TABLE people_staff
  ADD COLUMN password_first boolean NOT NULL DEFAULT false,
  ADD COLUMN password_at    timestamptz;

-- That step stands behind the second factor, which it remembers for the session that follows.
ALTER TABLE accounts_pending
  ADD COLUMN factor text CONSTRAINT ck_accounts_pending_factor CHECK (factor IN ('totp', 'passkey', 'recovery')),
  DROP CONSTRAINT ck_accounts_pending_purpose,
  ADD CONSTRAINT ck_accounts_pending_purpose CHECK (purpose IN ('second', 'enrol', 'first', 'renew'));
