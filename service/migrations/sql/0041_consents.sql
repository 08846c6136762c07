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
