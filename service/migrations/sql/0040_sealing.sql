-- Identity as sealed fields, with keyed hashes to look up by.

-- The release before writes and reads the plain columns; `aixin identity-rotate` seals what it wrote and empties them.
-- A sealed field says under which key: version (1 byte), key id (4), nonce (12), text with its tag.
ALTER TABLE identity.people_identities
  ALTER COLUMN name SET DEFAULT '',
  ADD COLUMN name_sealed  bytea,
  ADD COLUMN phone_sealed bytea,
  ADD COLUMN id_no_sealed bytea,
  ADD COLUMN name_hash    bytea,
  ADD COLUMN phone_hash   bytea,
  ADD COLUMN id_no_hash   bytea,
  ADD COLUMN key_id       bytea;
CREATE INDEX ix_people_identities_name_hash ON identity.people_identities (name_hash);
CREATE INDEX ix_people_identities_phone_hash ON identity.people_identities (phone_hash);
CREATE INDEX ix_people_identities_id_no_hash ON identity.people_identities (id_no_hash);

-- Who wished to be forgotten, who asked for it, and who decided: another person. It stays as the proof.
CREATE TABLE people_erasures (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_erasures PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_people_erasures_volunteer_id_people_volunteers REFERENCES people_volunteers,
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  decided_by   text,
  decided_at   timestamptz,
  erased       boolean,                -- false: refused, and why stands beside
  refusal      text,
  CONSTRAINT ck_people_erasures_decided CHECK (num_nonnulls(decided_by, decided_at, erased) IN (0, 3)),
  CONSTRAINT ck_people_erasures_two_persons CHECK (decided_by <> asked_by)
);
CREATE UNIQUE INDEX uq_people_erasures_volunteer_id ON people_erasures (volunteer_id) WHERE decided_at IS NULL;
GRANT SELECT, INSERT ON people_erasures TO aixin_app;
GRANT UPDATE (decided_by, decided_at, erased, refusal) ON people_erasures TO aixin_app;
GRANT USAGE ON SEQUENCE people_erasures_id_seq TO aixin_app;

-- Wipes who somebody is, everywhere at once, upon an open wish that another person decides; says whether it did.
-- What was served, earned and spent stays under the booklet's number, so that the books still prove.
CREATE FUNCTION people_erase(p_volunteer bigint, p_by text, p_now timestamptz) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE own text; wish people_erasures; BEGIN
  UPDATE people_erasures SET decided_by = p_by, decided_at = p_now, erased = true
    WHERE volunteer_id = p_volunteer AND decided_at IS NULL AND asked_by <> p_by RETURNING * INTO wish;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM identity.people_identities WHERE volunteer_id = p_volunteer;
  DELETE FROM inbox_deliveries d USING identity.inbox_addresses a WHERE a.id = d.address_id AND a.volunteer_id = p_volunteer;
  DELETE FROM inbox_deliveries d USING inbox_messages m WHERE m.id = d.message_id AND m.volunteer_id = p_volunteer;
  DELETE FROM inbox_messages WHERE volunteer_id = p_volunteer;
  DELETE FROM inbox_mutes WHERE volunteer_id = p_volunteer;
  UPDATE identity.inbox_addresses SET address = NULL, ended_at = coalesce(ended_at, p_now), ended_why = coalesce(ended_why, 'own')
    WHERE volunteer_id = p_volunteer;
  UPDATE people_volunteers SET qualification = NULL WHERE id = p_volunteer RETURNING code INTO own;
  -- Every switch goes off, by whoever wished it, and is told like any other.
  WITH lit AS (
    SELECT DISTINCT ON (purpose) purpose, given, version FROM consents WHERE volunteer_id = p_volunteer ORDER BY purpose, id DESC
  ), off AS (
    INSERT INTO consents (volunteer_id, purpose, given, version, way, by, at)
    SELECT p_volunteer, purpose, false, version, CASE WHEN wish.asked_by = 'volunteer:' || own THEN 'self' ELSE 'paper' END, wish.asked_by, p_now
    FROM lit WHERE given RETURNING purpose, version)
  SELECT count(outbox_publish('ConsentWithdrawn', 'volunteer:' || own,
    jsonb_build_object('volunteer', own, 'purpose', purpose, 'version', version), p_now)) FROM off INTO wish.id;
  DELETE FROM identity.privacy_corrections WHERE volunteer_id = p_volunteer;
  UPDATE passes_helpers SET revoked_at = p_now WHERE volunteer_id = p_volunteer AND revoked_at IS NULL;
  UPDATE people_sessions SET revoked_at = p_now WHERE volunteer_id = p_volunteer AND revoked_at IS NULL;
  UPDATE passes_cards SET status = 'void' WHERE volunteer_id = p_volunteer AND status IN ('issued', 'active', 'lost');
  UPDATE passes_bindings SET revoked_at = p_now WHERE volunteer_id = p_volunteer AND revoked_at IS NULL;
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION people_erase(bigint, text, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION people_erase(bigint, text, timestamptz) TO aixin_app;
