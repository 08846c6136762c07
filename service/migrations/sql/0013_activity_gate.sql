-- The gate: what a scan proves, undoing it, queues from phones without network, and the list of what does not fit.

ALTER TABLE activities_scans
  ADD COLUMN assurance text CONSTRAINT ck_activities_scans_assurance CHECK (assurance IN ('A0', 'A1', 'A2', 'A3')),
  ADD COLUMN device text,                    -- the browser at the gate; its device_seq has no gaps
  ADD COLUMN moment timestamptz,             -- occurred_at by our clock; NULL: it was ours
  ADD COLUMN clock_offset_ms bigint,         -- our clock less the device's, as the device knew it
  ADD COLUMN uptime_ms bigint,               -- since `boot`, whatever the device's clock was set to
  ADD COLUMN boot text;
-- A reading is its device's, whoever brings it: its keeper, the next one to sign in there, the recorder with its file.
CREATE UNIQUE INDEX uq_activities_scans_device_nonce ON activities_scans (device, nonce) WHERE device IS NOT NULL;
CREATE INDEX ix_activities_scans_device_device_seq ON activities_scans (device, device_seq) WHERE device IS NOT NULL;

ALTER TABLE activities_attendances           -- the weaker of in and out
  ADD COLUMN assurance text CONSTRAINT ck_activities_attendances_assurance CHECK (assurance IN ('A0', 'A1', 'A2', 'A3')),
  ADD COLUMN decided text CONSTRAINT ck_activities_attendances_decided CHECK (decided IN ('planned_end', 'time', 'not_counted', 'expired'));
CREATE INDEX ix_activities_attendances_status ON activities_attendances (status, activity_id) WHERE status = 'undecided';
GRANT DELETE ON activities_attendances TO aixin_app;   -- what was undone never was; the scans stay

ALTER TABLE activities_signups ADD COLUMN walked_in_from text
  CONSTRAINT ck_activities_signups_walked_in_from CHECK (walked_in_from IN ('waiting', 'cancelled'));

-- Since when a card opens nothing: a queue may bring a scan of the time before.
ALTER TABLE passes_cards ADD COLUMN blocked_at timestamptz, ADD COLUMN cid_digest text;

-- One undo of one scan of the same device, or of the same actor without one. It may arrive before the scan it undoes.
CREATE TABLE activities_undos (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_undos PRIMARY KEY,
  activity_id bigint NOT NULL CONSTRAINT fk_activities_undos_activity_id_activities REFERENCES activities,
  actor       text NOT NULL,
  scan_nonce  text NOT NULL,
  nonce       text NOT NULL,
  at          timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  device      text,
  device_seq  bigint,
  status      text NOT NULL CONSTRAINT ck_activities_undos_status CHECK (status IN ('ok', 'refused')),
  reason      text,
  already     boolean NOT NULL,
  CONSTRAINT uq_activities_undos_actor_nonce UNIQUE (actor, nonce),
  CONSTRAINT ck_activities_undos_reason CHECK ((status = 'refused') = (reason IS NOT NULL))
);
CREATE UNIQUE INDEX uq_activities_undos_device_nonce ON activities_undos (device, nonce) WHERE device IS NOT NULL;
CREATE INDEX ix_activities_undos_actor_scan_nonce ON activities_undos (actor, scan_nonce);
CREATE INDEX ix_activities_undos_device_device_seq ON activities_undos (device, device_seq) WHERE device IS NOT NULL;
CREATE INDEX ix_activities_undos_activity_id ON activities_undos (activity_id, id);

-- What took no effect, or one that needs a person's look: seen, and resolved by somebody with a name.
CREATE TABLE activities_problems (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_problems PRIMARY KEY,
  key          text NOT NULL CONSTRAINT uq_activities_problems_key UNIQUE,
  activity_id  bigint NOT NULL CONSTRAINT fk_activities_problems_activity_id_activities REFERENCES activities,
  kind         text NOT NULL CONSTRAINT ck_activities_problems_kind CHECK (kind IN ('gap', 'skew', 'out_without_in',
    'in_after_in', 'blocked_card', 'confirmed', 'decided', 'overlap', 'no_place', 'refused')),
  scan_id      bigint CONSTRAINT fk_activities_problems_scan_id_activities_scans REFERENCES activities_scans,
  volunteer_id bigint CONSTRAINT fk_activities_problems_volunteer_id_people_volunteers REFERENCES people_volunteers,
  actor        text NOT NULL,
  device       text,
  detail       jsonb NOT NULL DEFAULT '{}',
  opened_at    timestamptz NOT NULL,
  resolved_at  timestamptz,
  resolved_by  text,
  resolution   text CONSTRAINT ck_activities_problems_resolution CHECK (resolution IN ('noted', 'counted', 'arrived')),
  note         text,
  CONSTRAINT ck_activities_problems_resolved CHECK ((resolved_at IS NULL) = (resolution IS NULL)
    AND (resolved_at IS NULL) = (resolved_by IS NULL))
);
CREATE INDEX ix_activities_problems_activity_id ON activities_problems (activity_id, id);
CREATE INDEX ix_activities_problems_open ON activities_problems (id) WHERE resolved_at IS NULL;
CREATE INDEX ix_activities_problems_scan_id ON activities_problems (scan_id);
CREATE INDEX ix_activities_problems_volunteer_id ON activities_problems (volunteer_id, activity_id);

-- The leader counts heads; the gate's own number of that moment stands beside it.
CREATE TABLE activities_headcounts (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_headcounts PRIMARY KEY,
  activity_id bigint NOT NULL CONSTRAINT fk_activities_headcounts_activity_id_activities REFERENCES activities,
  at          timestamptz NOT NULL,
  count       integer NOT NULL CONSTRAINT ck_activities_headcounts_count CHECK (count >= 0),
  present     integer NOT NULL CONSTRAINT ck_activities_headcounts_present CHECK (present >= 0),
  by          text NOT NULL,
  nonce       text NOT NULL,
  CONSTRAINT uq_activities_headcounts_by_nonce UNIQUE (by, nonce)
);
CREATE INDEX ix_activities_headcounts_activity_id ON activities_headcounts (activity_id, id);

-- For the audit to look at: too many people too fast, or a rhythm that no hand has.
CREATE TABLE activities_watches (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_watches PRIMARY KEY,
  key         text NOT NULL CONSTRAINT uq_activities_watches_key UNIQUE,
  kind        text NOT NULL CONSTRAINT ck_activities_watches_kind CHECK (kind IN ('burst', 'identical_gaps')),
  activity_id bigint NOT NULL CONSTRAINT fk_activities_watches_activity_id_activities REFERENCES activities,
  actor       text NOT NULL,
  device      text,
  detail      jsonb NOT NULL,
  at          timestamptz NOT NULL
);
CREATE INDEX ix_activities_watches_activity_id ON activities_watches (activity_id, id);

-- A gate that was opened again, until when and why.
CREATE TABLE activities_reopenings (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_reopenings PRIMARY KEY,
  activity_id bigint NOT NULL CONSTRAINT fk_activities_reopenings_activity_id_activities REFERENCES activities,
  until       timestamptz NOT NULL,
  reason      text NOT NULL CONSTRAINT ck_activities_reopenings_reason CHECK (reason <> ''),
  by          text NOT NULL,
  at          timestamptz NOT NULL
);
CREATE INDEX ix_activities_reopenings_activity_id ON activities_reopenings (activity_id, id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_undos FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activities_undos FOR EACH STATEMENT EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_headcounts FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activities_headcounts FOR EACH STATEMENT EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_watches FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activities_watches FOR EACH STATEMENT EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_reopenings FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activities_reopenings FOR EACH STATEMENT EXECUTE FUNCTION activities_refuse_change();

-- Everything that is decided about one person's stays waits for this person's lock: a scan that is being written
-- is not overlooked by a queue that arrives in the same moment. Several people: in the order of their ids.
CREATE FUNCTION activities_lock_stays(p_volunteer bigint) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('activities_stays', p_volunteer))
$$;

-- Somebody at the gate who holds no place: the post that was asked for, else the first free one that fits. The leader
-- decides who comes in while places last; what the plan keeps for others, also for other teams, lasts for them alone.
CREATE FUNCTION activities_let_in(p_activity bigint, p_volunteer bigint, p_post text, p_age integer, p_qualified boolean,
  p_actor text, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE post record; seat bigint; BEGIN
  FOR post IN SELECT p.id FROM activities_posts p JOIN activities a ON a.id = p.activity_id
      WHERE p.activity_id = p_activity AND p.taken < p.capacity AND (p_post IS NULL OR p.name = p_post)
        AND p_age >= p.min_age AND (p_age >= 18 OR NOT p.adults_only) AND (p_qualified OR NOT p.needs_qualification)
        AND (NOT p.needs_insurance OR a.insurance_ref IS NOT NULL)
        AND (NOT p.team_only OR a.team_id = (SELECT v.team_id FROM people_volunteers v WHERE v.id = p_volunteer))
      ORDER BY p.id LOOP
    PERFORM FROM activities_posts p WHERE p.id = post.id FOR NO KEY UPDATE;  -- then the places of the team are counted
    CONTINUE WHEN activities_team_is_full(post.id, p_volunteer);
    UPDATE activities_posts p SET taken = taken + 1 WHERE p.id = post.id AND p.taken < p.capacity;
    CONTINUE WHEN NOT FOUND;
    INSERT INTO activities_signups AS s (activity_id, post_id, volunteer_id, status, turn, assisted, walk_in, actor, signed_at)
    VALUES (p_activity, post.id, p_volunteer, 'came', nextval('activities_turns'), true, true, p_actor, p_now)
    ON CONFLICT (activity_id, volunteer_id) DO UPDATE SET status = 'came', post_id = post.id, walk_in = true,
      walked_in_from = CASE WHEN s.status IN ('waiting', 'cancelled') THEN s.status ELSE s.walked_in_from END
    RETURNING s.id INTO seat;
    RETURN seat;
  END LOOP;
  RETURN NULL;
END $$;

-- A stay that was undone: the sign-up stands where it stood, and a walk-in's place is free again.
CREATE FUNCTION activities_let_go(p_activity bigint, p_volunteer bigint, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE held record; BEGIN
  SELECT s.id, s.walk_in, s.post_id INTO held FROM activities_signups s
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer AND s.status = 'came' FOR NO KEY UPDATE;
  IF held.walk_in THEN
    UPDATE activities_signups s SET status = coalesce(s.walked_in_from, 'cancelled'), walk_in = false, walked_in_from = NULL,
      cancelled_at = CASE WHEN s.walked_in_from IS NULL THEN p_now ELSE s.cancelled_at END WHERE s.id = held.id;
    UPDATE activities_posts p SET taken = taken - 1 WHERE p.id = held.post_id;
  ELSE
    UPDATE activities_signups s SET status = CASE WHEN s.no_show_at IS NULL THEN 'confirmed' ELSE 'no_show' END
      WHERE s.id = held.id;
  END IF;
END $$;

-- Somebody came, as a queue says: the place that was held, the leader's own, or a free one. False: there was none.
CREATE FUNCTION activities_seat(p_activity bigint, p_volunteer bigint, p_post text, p_age integer, p_qualified boolean,
  p_actor text, p_now timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  UPDATE activities_signups s SET status = 'came' WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer
    AND s.status IN ('confirmed', 'no_show', 'came');
  RETURN FOUND OR EXISTS (SELECT FROM activities a WHERE a.id = p_activity AND a.leader_id = p_volunteer)
    OR activities_let_in(p_activity, p_volunteer, p_post, p_age, p_qualified, p_actor, p_now) IS NOT NULL;
END $$;

-- One scan of this moment, kept whatever comes of it: activities_scan with what it proves, the device, and posts that fit.
CREATE FUNCTION activities_take(p_activity bigint, p_volunteer bigint, p_action text, p_way text, p_assurance text, p_hash bytea,
  p_refusal text, p_may_admit boolean, p_post text, p_age integer, p_qualified boolean, p_actor text, p_device text,
  p_seq bigint, p_nonce text, p_now timestamptz, OUT status text, OUT reason text, OUT already boolean,
  OUT at timestamptz, OUT replayed boolean, OUT same boolean, OUT post text) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE known record; place bigint; BEGIN
  SELECT s.status, s.reason, s.already, s.effective_at, true, s.code_hash = p_hash AND s.action = p_action
    INTO status, reason, already, at, replayed, same
    FROM activities_scans s WHERE s.actor = p_actor AND s.nonce = p_nonce;
  IF FOUND THEN RETURN; END IF;
  IF p_device IS NOT NULL THEN
    SELECT s.status, s.reason, s.already, s.effective_at, true, s.code_hash = p_hash AND s.action = p_action
      INTO status, reason, already, at, replayed, same
      FROM activities_scans s WHERE s.device = p_device AND s.nonce = p_nonce;
    IF FOUND THEN RETURN; END IF;
  END IF;
  reason := p_refusal; already := false; at := p_now; replayed := false; same := true;
  IF reason IS NULL THEN
    PERFORM activities_lock_stays(p_volunteer);
    SELECT t.id, t.status, t.in_at, t.out_at INTO known FROM activities_attendances t
      WHERE t.activity_id = p_activity AND t.volunteer_id = p_volunteer FOR NO KEY UPDATE;
    IF p_action = 'out' THEN
      already := known.out_at IS NOT NULL;
      at := coalesce(known.out_at, at);
      reason := CASE WHEN known.id IS NULL OR known.status = 'audience' THEN 'not_in' END;
    ELSIF known.id IS NOT NULL THEN
      already := true; at := known.in_at;
    ELSIF p_action = 'in' THEN
      UPDATE activities_attendances t SET status = 'undecided' FROM activities a
        WHERE t.volunteer_id = p_volunteer AND t.status = 'in' AND a.id = t.activity_id AND a.closes_at < p_now;
      PERFORM FROM activities_attendances t
        WHERE t.volunteer_id = p_volunteer AND t.status = 'in' AND t.activity_id <> p_activity;
      IF FOUND THEN
        reason := 'overlap';
      ELSE
        UPDATE activities_signups s SET status = 'came' WHERE s.activity_id = p_activity
          AND s.volunteer_id = p_volunteer AND s.status IN ('confirmed', 'no_show', 'came') RETURNING s.id INTO place;
        IF place IS NULL AND NOT EXISTS (SELECT FROM activities a WHERE a.id = p_activity AND a.leader_id = p_volunteer) THEN
          IF p_may_admit THEN
            place := activities_let_in(p_activity, p_volunteer, p_post, p_age, p_qualified, p_actor, p_now);
          END IF;
          reason := CASE WHEN place IS NOT NULL THEN NULL WHEN p_may_admit THEN 'activity_full' ELSE 'not_signed_up' END;
        END IF;
      END IF;
    END IF;
  END IF;
  status := CASE WHEN reason IS NULL THEN 'ok' ELSE 'refused' END;
  already := already AND reason IS NULL;
  INSERT INTO activities_scans (activity_id, volunteer_id, action, way, assurance, code_hash, status, reason, already,
    effective_at, actor, device, device_seq, nonce, occurred_at, received_at, offline)
  VALUES (p_activity, p_volunteer, p_action, p_way, p_assurance, p_hash, status, reason, already,
    at, p_actor, p_device, p_seq, p_nonce, p_now, p_now, false);
  IF reason IS NOT NULL OR already THEN
    RETURN;
  ELSIF p_action = 'out' THEN
    UPDATE activities_attendances t SET status = 'out', out_at = p_now, out_way = p_way, out_actor = p_actor,
      assurance = least(t.assurance, p_assurance) WHERE t.id = known.id;
    PERFORM activities_tell('CheckedOut', p_activity, p_volunteer, p_now,
                            jsonb_build_object('occurred_at', p_now, 'way', p_way));
  ELSE
    INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at, in_way, in_actor, assurance)
    VALUES (p_activity, p_volunteer, CASE p_action WHEN 'in' THEN 'service' ELSE 'audience' END, p_action,
            p_now, p_way, p_actor, p_assurance);
    PERFORM activities_tell('CheckedIn', p_activity, p_volunteer, p_now,
      jsonb_build_object('occurred_at', p_now, 'way', p_way, 'audience', p_action = 'audience'));
    IF place IS NOT NULL THEN
      SELECT p.name INTO post FROM activities_signups s JOIN activities_posts p ON p.id = s.post_id WHERE s.id = place;
    END IF;
  END IF;
END $$;

GRANT SELECT, INSERT ON activities_undos, activities_headcounts, activities_watches, activities_reopenings TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON activities_problems TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
