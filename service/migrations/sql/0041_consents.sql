-- Consents as versioned switches; what the law's periods remove.

-- ------------------------------------------------------------------------------ switches
-- One row for every time that a switch was turned; the newest of a purpose is where it stands, none is "no".
CREATE TABLE consents (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_consents PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_consents_volunteer_id_people_volunteers REFERENCES people_volunteers,
  purpose      text NOT NULL CONSTRAINT ck_consents_purpose CHECK (purpose IN ('register', 'notice', 'photos', 'export', 'partners')),
  given        boolean NOT NULL,
  version      integer NOT NULL CONSTRAINT ck_consents_version CHECK (version > 0),  -- of the text that was shown
  way          text NOT NULL CONSTRAINT ck_consents_way CHECK (way IN ('self', 'paper', 'guardian', 'guardian_paper', 'carried')),
  by           text NOT NULL,              -- volunteer:FM0012, staff:U-ADM, system
  at           timestamptz NOT NULL
);
CREATE INDEX ix_consents_volunteer_id_purpose ON consents (volunteer_id, purpose, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON consents TO aixin_app;

-- Since when somebody takes part no more; the gate reads it with the row that it reads anyway.
ALTER TABLE people_volunteers ADD COLUMN withdrawn_at timestamptz;

-- Where a switch stands: one look into the index.
CREATE FUNCTION consents_given(p_volunteer bigint, p_purpose text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT c.given FROM consents c WHERE c.volunteer_id = p_volunteer AND c.purpose = p_purpose
                   ORDER BY c.id DESC LIMIT 1), false)
$$;

-- The volunteer's own row stays true to the switches, whoever turns them.
CREATE FUNCTION consents_apply() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.purpose = 'notice' THEN
    UPDATE people_volunteers SET consent_notice = NEW.given WHERE id = NEW.volunteer_id AND consent_notice <> NEW.given;
  ELSIF NEW.purpose = 'register' THEN
    UPDATE people_volunteers SET withdrawn_at = CASE WHEN NEW.given THEN NULL ELSE NEW.at END,
      guardian_consent = guardian_consent OR (NEW.given AND NEW.way IN ('guardian', 'guardian_paper'))
    WHERE id = NEW.volunteer_id AND NEW.way <> 'carried';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER applied AFTER INSERT ON consents FOR EACH ROW EXECUTE FUNCTION consents_apply();

-- Whoever registers, or turned the notice's switch in the release before, has a row like all others.
CREATE FUNCTION consents_carry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' AND (NEW.guardian_consent OR coalesce(substring(NEW.age_band FROM '[0-9]+')::integer, 0) >= 18) THEN
    INSERT INTO consents (volunteer_id, purpose, given, version, way, by, at)
    VALUES (NEW.id, 'register', true, 1, 'carried', 'system', NEW.created_at);
  END IF;
  IF NEW.consent_notice IS DISTINCT FROM consents_given(NEW.id, 'notice') THEN
    INSERT INTO consents (volunteer_id, purpose, given, version, way, by, at)
    VALUES (NEW.id, 'notice', NEW.consent_notice, 1, 'carried', 'system',
            CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE clock_timestamp() END);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consents_carried AFTER INSERT OR UPDATE OF consent_notice ON people_volunteers
  FOR EACH ROW EXECUTE FUNCTION consents_carry();

INSERT INTO consents (volunteer_id, purpose, given, version, way, by, at)
  SELECT v.id, 'register', true, 1, 'carried', 'system', v.created_at FROM people_volunteers v
  WHERE v.guardian_consent OR coalesce(substring(v.age_band FROM '[0-9]+')::integer, 0) >= 18
  UNION ALL
  SELECT v.id, 'notice', true, 1, 'carried', 'system', v.created_at FROM people_volunteers v WHERE v.consent_notice;

-- ------------------------------------------------------------------------------ partners who are told
-- Which of a volunteer's switches lets this partner hear: a partner's, or the bridge to the national system.
ALTER TABLE webhooks_endpoints ADD COLUMN consent text NOT NULL DEFAULT 'partners'
  CONSTRAINT ck_webhooks_endpoints_consent CHECK (consent IN ('partners', 'export'));

-- Whom an event is about, as its payload or its subject says; NULL: nobody.
CREATE FUNCTION webhooks_person(p_subject text, p_payload jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(p_payload->>'volunteer', CASE
    WHEN p_subject LIKE 'volunteer:%' THEN substr(p_subject, 11)
    WHEN p_subject LIKE 'lot:volunteer:%' THEN split_part(p_subject, ':', 3) END)
$$;
CREATE FUNCTION webhooks_may_tell(p_subject text, p_payload jsonb, p_consent text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT webhooks_person(p_subject, p_payload) IS NULL
    OR coalesce((SELECT consents_given(v.id, p_consent) FROM people_volunteers v
                 WHERE v.code = webhooks_person(p_subject, p_payload)), false)
$$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public, identity TO aixin_app;

-- ------------------------------------------------------------------------------ what somebody says is wrong
-- The right words lie apart, sealed like identities are, and go some time after the answer; the question stays.
CREATE TABLE identity.privacy_corrections (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_privacy_corrections PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_privacy_corrections_volunteer_id_people_volunteers REFERENCES people_volunteers,
  field        text NOT NULL CONSTRAINT ck_privacy_corrections_field CHECK (field IN
    ('name', 'phone', 'id_no', 'age_band', 'team', 'qualification', 'record', 'other')),
  wanted       bytea,
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  accepted     boolean,
  answer       text CONSTRAINT ck_privacy_corrections_answer CHECK (answer <> ''),
  answered_by  text,
  answered_at  timestamptz,
  CONSTRAINT ck_privacy_corrections_answered CHECK (num_nonnulls(accepted, answer, answered_by, answered_at) IN (0, 4))
);
CREATE UNIQUE INDEX uq_privacy_corrections_open ON identity.privacy_corrections (volunteer_id, field) WHERE answered_at IS NULL;
CREATE INDEX ix_privacy_corrections_volunteer_id ON identity.privacy_corrections (volunteer_id, id);
GRANT SELECT, INSERT ON identity.privacy_corrections TO aixin_app;
GRANT UPDATE (wanted, asked_at, accepted, answer, answered_by, answered_at) ON identity.privacy_corrections TO aixin_app;

-- ------------------------------------------------------------------------------ what is over
-- Pictures whose content was taken off the disk; the row in `files` stays with its digest.
CREATE TABLE privacy_pictures (
  file_id    bigint NOT NULL CONSTRAINT pk_privacy_pictures PRIMARY KEY CONSTRAINT fk_privacy_pictures_file_id_files REFERENCES files,
  removed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON privacy_pictures TO aixin_app;

-- Append-only but for the function below, which alone may say that a period is over.
CREATE FUNCTION privacy_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('aixin.retention', true) = 'on' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'LG009';
END $$;
DROP TRIGGER append_only ON webhooks_attempts;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON webhooks_attempts FOR EACH ROW EXECUTE FUNCTION privacy_refuse_change();
DROP TRIGGER append_only ON activities_scans;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_scans FOR EACH ROW EXECUTE FUNCTION privacy_refuse_change();

-- Remove some of what is older than its period, and say how many. Whoever calls it, nothing younger than the days that
-- stand here goes: the application cannot shorten a period below them.
CREATE FUNCTION privacy_remove(p_what text, p_before timestamptz, p_limit integer) RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE done bigint; edge timestamptz; BEGIN
  edge := least(p_before, clock_timestamp() - CASE p_what WHEN 'sessions' THEN interval '7 days' WHEN 'pass_codes' THEN interval '2 days'
    WHEN 'addresses' THEN interval '1 day' WHEN 'claims' THEN interval '1 day' WHEN 'corrections' THEN interval '30 days'
    ELSE interval '90 days' END);
  PERFORM set_config('aixin.retention', 'on', true);
  CASE p_what
    WHEN 'sessions' THEN
      DELETE FROM people_sessions WHERE token_hash IN (SELECT s.token_hash FROM people_sessions s
        WHERE least(s.expires_at, coalesce(s.revoked_at, s.expires_at)) < edge LIMIT p_limit);
    WHEN 'pass_codes' THEN
      DELETE FROM passes_uses WHERE (pid, step) IN (SELECT u.pid, u.step FROM passes_uses u WHERE u.used_at < edge LIMIT p_limit);
    WHEN 'claims' THEN
      IF to_regclass('phones_claims') IS NULL THEN RETURN 0; END IF;
      DELETE FROM phones_claims WHERE digest IN (SELECT c.digest FROM phones_claims c WHERE c.expires_at < edge LIMIT p_limit);
    WHEN 'addresses' THEN
      UPDATE identity.inbox_addresses SET address = NULL, ended_at = expires_at, ended_why = 'own' WHERE id IN (
        SELECT a.id FROM identity.inbox_addresses a
        WHERE a.confirmed_at IS NULL AND a.ended_at IS NULL AND a.expires_at < edge LIMIT p_limit);
    WHEN 'messages' THEN
      WITH old AS (SELECT m.id FROM inbox_messages m WHERE m.at < edge ORDER BY m.id LIMIT p_limit),
        sent AS (DELETE FROM inbox_deliveries d USING old WHERE d.message_id = old.id RETURNING d.id)
      SELECT count(*) INTO done FROM sent;
      DELETE FROM inbox_messages WHERE id IN (SELECT m.id FROM inbox_messages m WHERE m.at < edge ORDER BY m.id LIMIT p_limit);
    WHEN 'mail_log' THEN
      DELETE FROM inbox_deliveries WHERE id IN (SELECT d.id FROM inbox_deliveries d WHERE d.ended_at < edge LIMIT p_limit);
    WHEN 'webhooks' THEN
      WITH old AS (SELECT d.id FROM webhooks_deliveries d WHERE d.status <> 'pending' AND d.done_at < edge ORDER BY d.id LIMIT p_limit),
        tried AS (DELETE FROM webhooks_attempts t USING old WHERE t.delivery_id = old.id RETURNING t.id)
      SELECT count(*) INTO done FROM tried;
      DELETE FROM webhooks_deliveries WHERE id IN (SELECT d.id FROM webhooks_deliveries d
        WHERE d.status <> 'pending' AND d.done_at < edge ORDER BY d.id LIMIT p_limit);
    WHEN 'refused_scans' THEN  -- the row stays: a device's numbers have no gaps
      UPDATE activities_scans SET volunteer_id = NULL, code_hash = '' WHERE id IN (SELECT s.id FROM activities_scans s
        WHERE s.reason IS NOT NULL AND s.received_at < edge AND (s.volunteer_id IS NOT NULL OR s.code_hash <> '') LIMIT p_limit);
    WHEN 'corrections' THEN
      UPDATE identity.privacy_corrections SET wanted = NULL WHERE id IN (SELECT c.id FROM identity.privacy_corrections c
        WHERE c.answered_at < edge AND c.wanted IS NOT NULL LIMIT p_limit);
  END CASE;
  GET DIAGNOSTICS done = ROW_COUNT;
  PERFORM set_config('aixin.retention', '', true);
  RETURN done;
END $$;
REVOKE ALL ON FUNCTION privacy_remove(text, timestamptz, integer) FROM public;
GRANT EXECUTE ON FUNCTION privacy_remove(text, timestamptz, integer) TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public, identity TO aixin_app;
