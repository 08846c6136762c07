-- The words that name somebody who is forgotten are taken out of what others wrote, and nothing else of a row can be.

-- Why names of minors are printed; without it a sheet for everybody has none of them.
ALTER TABLE certificates_orders ADD COLUMN reason text CONSTRAINT ck_certificates_orders_reason CHECK (reason <> '');
-- What a file of records was for: the house itself, or to be reported, of those alone who agreed.
ALTER TABLE records_exports ADD COLUMN purpose text NOT NULL DEFAULT 'house'
  CONSTRAINT ck_records_exports_purpose CHECK (purpose IN ('house', 'national'));
ALTER TABLE people_erasures ADD COLUMN words_out_at timestamptz;
GRANT UPDATE (words_out_at) ON people_erasures TO aixin_app;

-- Where people write freely about people. Everything else is a code, a number, or the name of a thing.
CREATE FUNCTION privacy_words() RETURNS TABLE (place text, field text) LANGUAGE sql IMMUTABLE AS $$
  VALUES ('activities', 'cancel_reason'), ('activities_award_reversals', 'reason'), ('activities_award_reversals', 'refusal'),
    ('activities_awards', 'evidence'), ('activities_awards', 'refusal'), ('activities_paper_lines', 'evidence'),
    ('activities_problems', 'detail'), ('activities_problems', 'resolution'), ('activities_problems', 'note'),
    ('activities_reopenings', 'reason'), ('activities_rights', 'suspended_for'), ('activities_watches', 'detail'),
    ('audit_findings', 'evidence'), ('audit_findings', 'reason'),
    ('cases', 'title'), ('cases', 'solution'), ('cases', 'answer'), ('cases_evidence', 'ref'), ('cases_evidence', 'note'),
    ('cases_objections', 'about_ref'), ('cases_objections', 'text'), ('cases_objections', 'answer'),
    ('cases_proposals', 'reason'), ('cases_proposals', 'refusal'), ('certificates', 'revoke_reason'),
    ('certificates_orders', 'reason'), ('evidence_files', 'name'), ('evidence_files', 'reason'),
    ('evidence_rows', 'reference'), ('evidence_rows', 'item'),
    ('identity.privacy_corrections', 'answer'), ('inbox_messages', 'params'),
    ('matters', 'place'), ('matters', 'text'), ('matters', 'answer'), ('matters', 'rating_text'), ('matters_steps', 'words'),
    ('outbox_events', 'payload'), ('outbox_failures', 'error'), ('outbox_failures', 'note'), ('people_erasures', 'refusal'),
    ('people_volunteers', 'qualification'), ('programmes', 'lock_reason'),
    ('reconciliation_answers', 'reason'), ('reconciliation_answers', 'note'),
    ('reconciliation_exceptions', 'detail'), ('reconciliation_exceptions', 'note'),
    ('records_evaluations', 'note'), ('records_honours', 'reason'), ('records_honours', 'withdrawn_why'), ('records_stars', 'reason'),
    ('records_trainings', 'title'), ('records_trainings', 'certificate'), ('records_trainings', 'withdrawn_why'),
    ('redemptions', 'reason'), ('redemptions_reversals', 'reason'), ('sampling_tries', 'said'), ('settlement_reopenings', 'reason'),
    ('trail_records', 'detail'), ('webhooks_attempts', 'error'), ('webhooks_attempts', 'answer')
$$;

-- What refuses a change of these tables lets one through: a word of theirs, by the function below. Who, what and when
-- stay as they are, also then; the application itself never gets this far.
CREATE FUNCTION privacy_only_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE words text[] := ARRAY(SELECT field FROM privacy_words() WHERE place IN (TG_TABLE_NAME, TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME)); BEGIN
  IF TG_OP = 'DELETE' OR current_user = 'aixin_app' OR to_jsonb(NEW) - words IS DISTINCT FROM to_jsonb(OLD) - words THEN
    RAISE EXCEPTION '%: nothing but words is taken out', TG_TABLE_NAME USING ERRCODE = 'LG009';
  END IF;
  RETURN NEW;
END $$;

DO $$ DECLARE t record; said text; BEGIN
  FOR t IN SELECT g.oid, g.tgname, g.tgrelid::regclass AS place, pg_get_triggerdef(g.oid) AS said FROM pg_trigger g
    WHERE NOT g.tgisinternal AND g.tgtype & 16 > 0 AND g.tgtype & 1 > 0
      AND g.tgrelid::regclass::text IN (SELECT place FROM privacy_words())
  LOOP
    said := CASE WHEN t.said ~ ' FOR EACH ROW WHEN \('
      THEN regexp_replace(t.said, ' FOR EACH ROW WHEN \((.*)\) EXECUTE ',
        ' FOR EACH ROW WHEN (current_setting(''aixin.words_out'', true) IS DISTINCT FROM ''on'' AND (\1)) EXECUTE ')
      ELSE replace(t.said, ' FOR EACH ROW EXECUTE ',
        ' FOR EACH ROW WHEN (current_setting(''aixin.words_out'', true) IS DISTINCT FROM ''on'') EXECUTE ') END;
    EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.place);
    EXECUTE said;
  END LOOP;
  FOR t IN SELECT DISTINCT place FROM privacy_words() LOOP
    EXECUTE format('CREATE TRIGGER only_words BEFORE UPDATE OR DELETE ON %s FOR EACH ROW
      WHEN (current_setting(''aixin.words_out'', true) = ''on'') EXECUTE FUNCTION privacy_only_words()', t.place);
  END LOOP;
END $$;

-- Blacken words in one of these tables, for an erasure that two people decided and that is not done yet.
CREATE FUNCTION privacy_take_out(p_erasure bigint, p_place text, p_words text[]) RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE f record; word text; said text; done bigint; total bigint := 0; BEGIN
  IF NOT EXISTS (SELECT FROM people_erasures WHERE id = p_erasure AND erased AND words_out_at IS NULL) THEN
    RAISE EXCEPTION 'nobody decided this' USING ERRCODE = 'restrict_violation';
  END IF;
  PERFORM set_config('aixin.words_out', 'on', true);
  FOR f IN SELECT w.field, a.atttypid = 'jsonb'::regtype AS packed FROM privacy_words() w
    JOIN pg_attribute a ON a.attrelid = w.place::regclass AND a.attname = w.field WHERE w.place = p_place
  LOOP
    FOREACH word IN ARRAY p_words LOOP
      CONTINUE WHEN char_length(word) < 2;
      said := CASE WHEN f.packed THEN substr(to_jsonb(word)::text, 2, char_length(to_jsonb(word)::text) - 2) ELSE word END;
      EXECUTE CASE WHEN f.packed
        THEN format('UPDATE %s SET %I = replace(%I::text, $1, ''■■'')::jsonb WHERE position($1 IN %I::text) > 0', p_place, f.field, f.field, f.field)
        ELSE format('UPDATE %s SET %I = replace(%I, $1, ''■■'') WHERE position($1 IN %I) > 0', p_place, f.field, f.field, f.field) END USING said;
      GET DIAGNOSTICS done = ROW_COUNT;
      total := total + done;
    END LOOP;
  END LOOP;
  PERFORM set_config('aixin.words_out', '', true);
  RETURN total;
END $$;
REVOKE ALL ON FUNCTION privacy_take_out(bigint, text, text[]) FROM public;
GRANT EXECUTE ON FUNCTION privacy_take_out(bigint, text, text[]) TO aixin_app;

-- Whose pictures show or name somebody: evidence of the own service, what the person raised or objected to, and cases about
-- it. A sheet on which a line of another still waits for its answer stays until then.
CREATE FUNCTION privacy_pictures_of(p_volunteer bigint) RETURNS SETOF bigint LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT f.id FROM files f WHERE f.id IN (
    SELECT evidence_file_id FROM activities_awards WHERE volunteer_id = p_volunteer
    UNION SELECT evidence_file_id FROM activities_paper_lines WHERE volunteer_id = p_volunteer
    UNION SELECT p.file_id FROM matters_photos p JOIN matters_steps s ON s.id = p.step_id JOIN matters m ON m.id = s.matter_id
      WHERE m.raised_volunteer_id = p_volunteer
    UNION SELECT file_id FROM cases_objections WHERE volunteer_id = p_volunteer
    UNION SELECT e.file_id FROM cases_evidence e JOIN cases c ON c.id = e.case_id WHERE c.volunteer_id = p_volunteer)
  AND NOT EXISTS (SELECT FROM activities_paper_lines l WHERE l.evidence_file_id = f.id AND l.status = 'waiting' AND l.volunteer_id <> p_volunteer)
  AND NOT EXISTS (SELECT FROM activities_awards w WHERE w.evidence_file_id = f.id AND w.status = 'waiting' AND w.volunteer_id <> p_volunteer)
  AND NOT EXISTS (SELECT FROM privacy_pictures g WHERE g.file_id = f.id)
$$;
REVOKE ALL ON FUNCTION privacy_pictures_of(bigint) FROM public;
GRANT EXECUTE ON FUNCTION privacy_pictures_of(bigint) TO aixin_app;
