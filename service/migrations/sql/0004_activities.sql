-- From an activity's plan to an award. Scans are append-only; places are counted in the post's own row.

CREATE TABLE activities_templates (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_templates PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_activities_templates_programme_id_programmes REFERENCES programmes,
  code         text NOT NULL,
  name         text NOT NULL,
  rule         text NOT NULL,                -- a rate's code in the rule set: R-GEN, R-MED, …
  category     text NOT NULL,
  risk         text NOT NULL CONSTRAINT ck_activities_templates_risk CHECK (risk IN ('low', 'danger')),
  CONSTRAINT uq_activities_templates_programme_id_code UNIQUE (programme_id, code)
);

CREATE TABLE activities (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities PRIMARY KEY,
  code          text NOT NULL CONSTRAINT uq_activities_code UNIQUE,  -- public; in codes it stands in lower case
  programme_id  integer NOT NULL CONSTRAINT fk_activities_programme_id_programmes REFERENCES programmes,
  community_id  bigint NOT NULL CONSTRAINT fk_activities_community_id_people_units REFERENCES people_units,
  template_id   bigint NOT NULL CONSTRAINT fk_activities_template_id_activities_templates REFERENCES activities_templates,
  team_id       bigint CONSTRAINT fk_activities_team_id_people_teams REFERENCES people_teams,
  title         text NOT NULL,
  place         text NOT NULL,
  starts_at     timestamptz NOT NULL,
  ends_at       timestamptz NOT NULL,
  opens_at      timestamptz NOT NULL,        -- check-in from here
  late_at       timestamptz NOT NULL,        -- who has not come by now is a no-show
  closes_at     timestamptz NOT NULL,        -- check-out until here
  business_day  date NOT NULL,
  leader_id     bigint NOT NULL CONSTRAINT fk_activities_leader_id_people_volunteers REFERENCES people_volunteers,
  insurance_ref text,
  status        text NOT NULL CONSTRAINT ck_activities_status CHECK (status IN
    ('draft', 'published', 'open', 'to_confirm', 'confirmed', 'noticed', 'archived', 'cancelled')),
  onsite_secret text NOT NULL,
  created_at    timestamptz NOT NULL,
  CONSTRAINT ck_activities_window CHECK (opens_at <= starts_at AND starts_at < ends_at AND ends_at <= closes_at
                                         AND starts_at <= late_at)
);
CREATE UNIQUE INDEX uq_activities_lower_code ON activities (lower(code));
CREATE INDEX ix_activities_community_id_business_day ON activities (community_id, business_day);
CREATE INDEX ix_activities_programme_id_business_day ON activities (programme_id, business_day);
CREATE INDEX ix_activities_template_id ON activities (template_id);
CREATE INDEX ix_activities_team_id ON activities (team_id);
CREATE INDEX ix_activities_leader_id ON activities (leader_id);
CREATE INDEX ix_activities_late_at ON activities (late_at);

CREATE TABLE activities_posts (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_posts PRIMARY KEY,
  activity_id bigint NOT NULL CONSTRAINT fk_activities_posts_activity_id_activities REFERENCES activities,
  name        text NOT NULL,
  rule        text NOT NULL,
  adults_only boolean NOT NULL,
  capacity    integer NOT NULL,
  taken       integer NOT NULL DEFAULT 0,    -- places given away; who waits is not counted
  CONSTRAINT uq_activities_posts_activity_id_name UNIQUE (activity_id, name),
  CONSTRAINT ck_activities_posts_taken CHECK (taken BETWEEN 0 AND capacity)
) WITH (fillfactor = 70);

CREATE SEQUENCE activities_turns;            -- the order of every queue, also within one moment

CREATE TABLE activities_signups (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_signups PRIMARY KEY,
  activity_id  bigint NOT NULL CONSTRAINT fk_activities_signups_activity_id_activities REFERENCES activities,
  post_id      bigint NOT NULL CONSTRAINT fk_activities_signups_post_id_activities_posts REFERENCES activities_posts,
  volunteer_id bigint NOT NULL CONSTRAINT fk_activities_signups_volunteer_id_people_volunteers REFERENCES people_volunteers,
  status       text NOT NULL CONSTRAINT ck_activities_signups_status CHECK (status IN
    ('confirmed', 'waiting', 'cancelled', 'came', 'no_show')),
  turn         bigint NOT NULL,
  assisted     boolean NOT NULL,             -- somebody else signed this person up
  walk_in      boolean NOT NULL DEFAULT false,
  actor        text NOT NULL,
  signed_at    timestamptz NOT NULL,
  promoted_at  timestamptz,                  -- out of the wait-list
  cancelled_at timestamptz,
  no_show_at   timestamptz,                  -- kept when it is taken back
  CONSTRAINT uq_activities_signups_activity_id_volunteer_id UNIQUE (activity_id, volunteer_id)
);
CREATE INDEX ix_activities_signups_post_id_turn ON activities_signups (post_id, turn) WHERE status = 'waiting';
CREATE INDEX ix_activities_signups_volunteer_id ON activities_signups (volunteer_id, status);

CREATE TABLE activities_scans (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_scans PRIMARY KEY,
  activity_id  bigint CONSTRAINT fk_activities_scans_activity_id_activities REFERENCES activities,
  volunteer_id bigint CONSTRAINT fk_activities_scans_volunteer_id_people_volunteers REFERENCES people_volunteers,
  action       text NOT NULL CONSTRAINT ck_activities_scans_action CHECK (action IN ('in', 'out', 'audience')),
  way          text NOT NULL CONSTRAINT ck_activities_scans_way CHECK (way IN ('C1', 'C2', 'C3')),
  code_hash    bytea NOT NULL,               -- of what was read; the code itself is not kept
  status       text NOT NULL CONSTRAINT ck_activities_scans_status CHECK (status IN ('ok', 'refused')),
  reason       text,
  already      boolean NOT NULL,
  effective_at timestamptz NOT NULL,         -- the time the screen named: of this scan, or of the first one
  actor        text NOT NULL,
  device_seq   bigint,
  nonce        text NOT NULL,
  occurred_at  timestamptz NOT NULL,
  received_at  timestamptz NOT NULL,
  offline      boolean NOT NULL,
  CONSTRAINT uq_activities_scans_actor_nonce UNIQUE (actor, nonce),
  CONSTRAINT ck_activities_scans_reason CHECK ((status = 'refused') = (reason IS NOT NULL))
);
CREATE INDEX ix_activities_scans_volunteer_id ON activities_scans (volunteer_id);
CREATE INDEX ix_activities_scans_activity_id ON activities_scans (activity_id, id);

CREATE TABLE activities_attendances (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_attendances PRIMARY KEY,
  activity_id  bigint NOT NULL CONSTRAINT fk_activities_attendances_activity_id_activities REFERENCES activities,
  volunteer_id bigint NOT NULL CONSTRAINT fk_activities_attendances_volunteer_id_people_volunteers REFERENCES people_volunteers,
  kind         text NOT NULL CONSTRAINT ck_activities_attendances_kind CHECK (kind IN ('service', 'audience')),
  status       text NOT NULL CONSTRAINT ck_activities_attendances_status CHECK (status IN
    ('in', 'out', 'undecided', 'confirmed', 'audience')),
  in_at        timestamptz NOT NULL,
  out_at       timestamptz,
  in_way       text NOT NULL CONSTRAINT ck_activities_attendances_in_way CHECK (in_way IN ('C1', 'C2', 'C3', 'C4')),
  out_way      text CONSTRAINT ck_activities_attendances_out_way CHECK (out_way IN ('C1', 'C2', 'C3', 'C4')),
  in_actor     text NOT NULL,
  out_actor    text,
  offline      boolean NOT NULL DEFAULT false,
  amended      boolean NOT NULL DEFAULT false,
  amended_by   text,
  amended_at   timestamptz,
  CONSTRAINT uq_activities_attendances_activity_id_volunteer_id UNIQUE (activity_id, volunteer_id),
  CONSTRAINT ck_activities_attendances_order CHECK (out_at >= in_at),
  CONSTRAINT ck_activities_attendances_open CHECK (status NOT IN ('in', 'undecided') OR out_at IS NULL)
) WITH (fillfactor = 80);
-- Nobody is in two places: at most one open attendance a volunteer.
CREATE UNIQUE INDEX uq_activities_attendances_open ON activities_attendances (volunteer_id) WHERE status = 'in';
CREATE INDEX ix_activities_attendances_volunteer_id ON activities_attendances (volunteer_id, in_at);

CREATE TABLE activities_awards (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_awards PRIMARY KEY,
  key            text NOT NULL CONSTRAINT uq_activities_awards_key UNIQUE,
  programme_id   integer NOT NULL CONSTRAINT fk_activities_awards_programme_id_programmes REFERENCES programmes,
  kind           text NOT NULL CONSTRAINT ck_activities_awards_kind CHECK (kind IN ('attendance', 'manual')),
  volunteer_id   bigint NOT NULL CONSTRAINT fk_activities_awards_volunteer_id_people_volunteers REFERENCES people_volunteers,
  activity_id    bigint CONSTRAINT fk_activities_awards_activity_id_activities REFERENCES activities,
  attendance_id  bigint CONSTRAINT fk_activities_awards_attendance_id_activities_attendances REFERENCES activities_attendances,
  rule           text NOT NULL,
  present_minutes integer NOT NULL,          -- the overlap with the plan: 108
  minutes        integer NOT NULL,           -- floored to whole steps, the hours of the record: 90
  points         integer NOT NULL,
  cut            integer NOT NULL,           -- what a cap took from the points; never from the minutes
  cut_by         text CONSTRAINT ck_activities_awards_cut_by CHECK (cut_by IN ('day', 'month')),
  service_day    date NOT NULL,
  service_month  date NOT NULL,              -- its first day
  maker          text NOT NULL,
  maker_id       bigint,                     -- the maker as a volunteer, if the maker is one
  approver       text,
  status         text NOT NULL CONSTRAINT ck_activities_awards_status CHECK (status IN
    ('waiting', 'posted', 'refused', 'reversed')),
  flags          text[] NOT NULL DEFAULT '{}',
  transfer_id    bigint CONSTRAINT fk_activities_awards_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  evidence       text,
  claimed_from   timestamptz,
  claimed_to     timestamptz,
  entered_at     timestamptz NOT NULL,
  decided_at     timestamptz,
  CONSTRAINT uq_activities_awards_attendance_id UNIQUE (attendance_id),
  CONSTRAINT ck_activities_awards_figures CHECK (points >= 0 AND cut >= 0 AND minutes BETWEEN 0 AND present_minutes),
  CONSTRAINT ck_activities_awards_cut CHECK ((cut > 0) = (cut_by IS NOT NULL)),
  CONSTRAINT ck_activities_awards_evidence CHECK (kind = 'attendance' OR
    (evidence <> '' AND claimed_from < claimed_to AND 'manual' = ANY (flags))),
  CONSTRAINT ck_activities_awards_transfer CHECK (status NOT IN ('posted', 'reversed') OR (points > 0) = (transfer_id IS NOT NULL)),
  CONSTRAINT ck_activities_awards_two_people CHECK (approver <> maker)
);
CREATE INDEX ix_activities_awards_volunteer_id_service_month ON activities_awards (volunteer_id, service_month);
CREATE INDEX ix_activities_awards_programme_id_service_day ON activities_awards (programme_id, service_day);
CREATE INDEX ix_activities_awards_activity_id ON activities_awards (activity_id);
CREATE INDEX ix_activities_awards_transfer_id ON activities_awards (transfer_id);

-- A line of the paper sheet, typed in by one person and approved by another.
CREATE TABLE activities_paper_lines (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_paper_lines PRIMARY KEY,
  activity_id   bigint NOT NULL CONSTRAINT fk_activities_paper_lines_activity_id_activities REFERENCES activities,
  volunteer_id  bigint NOT NULL CONSTRAINT fk_activities_paper_lines_volunteer_id_people_volunteers REFERENCES people_volunteers,
  line          integer,
  in_at         timestamptz NOT NULL,
  out_at        timestamptz NOT NULL,
  rule          text NOT NULL,
  award_key     text NOT NULL,
  evidence      text NOT NULL CONSTRAINT ck_activities_paper_lines_evidence CHECK (evidence <> ''),
  maker         text NOT NULL,
  maker_id      bigint,                      -- the maker as a volunteer, if the maker is one
  entered_at    timestamptz NOT NULL,
  approver      text,
  decided_at    timestamptz,
  status        text NOT NULL CONSTRAINT ck_activities_paper_lines_status CHECK (status IN ('waiting', 'approved', 'refused')),
  CONSTRAINT ck_activities_paper_lines_order CHECK (out_at >= in_at),
  CONSTRAINT ck_activities_paper_lines_two_people CHECK (approver <> maker)
);
CREATE INDEX ix_activities_paper_lines_volunteer_id ON activities_paper_lines (volunteer_id);
CREATE UNIQUE INDEX uq_activities_paper_lines_open ON activities_paper_lines (activity_id, volunteer_id) WHERE status <> 'refused';

-- What a secretary entrusts to a volunteer (a team's captain), and takes away again.
CREATE TABLE activities_rights (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_rights PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_activities_rights_volunteer_id_people_volunteers REFERENCES people_volunteers,
  name         text NOT NULL CONSTRAINT ck_activities_rights_name CHECK (name IN ('manual_award')),
  granted_by   text NOT NULL,
  granted_at   timestamptz NOT NULL,
  suspended_by text,
  suspended_at timestamptz,
  CONSTRAINT uq_activities_rights_volunteer_id_name UNIQUE (volunteer_id, name)
);

CREATE FUNCTION activities_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'AC009';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activities_scans FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activities_scans FOR EACH STATEMENT EXECUTE FUNCTION activities_refuse_change();

-- What every event of an activity says: opaque codes, no names.
CREATE FUNCTION activities_tell(p_type text, p_activity bigint, p_volunteer bigint, p_now timestamptz, p_more jsonb DEFAULT '{}')
  RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM outbox_publish(p_type, a.code, jsonb_build_object('activity', a.code, 'volunteer', v.code,
                         'business_day', a.business_day) || p_more, p_now)
  FROM activities a JOIN people_volunteers v ON v.id = p_volunteer WHERE a.id = p_activity;
END $$;

-- Sign up: a place while places last, then the queue. The post's row is the gate; who is in stays in.
CREATE FUNCTION activities_sign_up(p_activity bigint, p_post bigint, p_volunteer bigint, p_assisted boolean, p_actor text,
  p_now timestamptz, OUT status text, OUT place bigint, OUT already boolean) LANGUAGE plpgsql AS $$
DECLARE known record; mine bigint; BEGIN
  PERFORM FROM activities_posts p WHERE p.id = p_post FOR NO KEY UPDATE;
  SELECT s.id, s.status, s.turn INTO known FROM activities_signups s
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer;
  already := known.id IS NOT NULL AND known.status <> 'cancelled';
  IF already THEN
    status := known.status; mine := known.turn;
  ELSE
    UPDATE activities_posts p SET taken = taken + 1 WHERE p.id = p_post AND p.taken < p.capacity;
    status := CASE WHEN FOUND THEN 'confirmed' ELSE 'waiting' END;
    mine := nextval('activities_turns');
    IF known.id IS NULL THEN
      INSERT INTO activities_signups (activity_id, post_id, volunteer_id, status, turn, assisted, actor, signed_at)
      VALUES (p_activity, p_post, p_volunteer, status, mine, p_assisted, p_actor, p_now);
    ELSE
      UPDATE activities_signups s SET status = activities_sign_up.status, post_id = p_post, turn = mine,
        assisted = p_assisted, actor = p_actor, signed_at = p_now, promoted_at = NULL, cancelled_at = NULL
      WHERE s.id = known.id;
    END IF;
    PERFORM activities_tell(CASE status WHEN 'confirmed' THEN 'SignupAccepted' ELSE 'SignupWaitlisted' END,
                            p_activity, p_volunteer, p_now);
  END IF;
  IF status = 'waiting' THEN
    SELECT count(*) INTO place FROM activities_signups s
      WHERE s.post_id = p_post AND s.status = 'waiting' AND s.turn <= mine;
  END IF;
END $$;

-- Cancel: the place goes to the first in line in the same transaction, or becomes free.
CREATE FUNCTION activities_cancel_signup(p_activity bigint, p_volunteer bigint, p_now timestamptz,
  OUT cancelled boolean, OUT promoted bigint) LANGUAGE plpgsql AS $$
DECLARE known record; BEGIN
  PERFORM FROM activities_posts p JOIN activities_signups s ON s.post_id = p.id
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer FOR NO KEY UPDATE OF p;
  SELECT s.id, s.post_id, s.status INTO known FROM activities_signups s
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer;
  cancelled := coalesce(known.status IN ('confirmed', 'waiting'), false);
  IF NOT cancelled THEN RETURN; END IF;
  UPDATE activities_signups s SET status = 'cancelled', cancelled_at = p_now WHERE s.id = known.id;
  PERFORM activities_tell('SignupCancelled', p_activity, p_volunteer, p_now);
  IF known.status = 'waiting' THEN RETURN; END IF;
  UPDATE activities_signups s SET status = 'confirmed', promoted_at = p_now
    WHERE s.id = (SELECT w.id FROM activities_signups w WHERE w.post_id = known.post_id AND w.status = 'waiting'
                  ORDER BY w.turn LIMIT 1)
    RETURNING s.volunteer_id INTO promoted;
  IF promoted IS NULL THEN
    UPDATE activities_posts p SET taken = taken - 1 WHERE p.id = known.post_id;
  ELSE
    PERFORM activities_tell('WaitlistPromoted', p_activity, promoted, p_now);
  END IF;
END $$;

-- Somebody at the gate who holds no place: give a free one, if there is one.
CREATE FUNCTION activities_admit(p_activity bigint, p_volunteer bigint, p_actor text, p_now timestamptz)
  RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE free bigint; found bigint; BEGIN
  SELECT p.id INTO free FROM activities_posts p WHERE p.activity_id = p_activity AND p.taken < p.capacity
    ORDER BY p.id LIMIT 1 FOR NO KEY UPDATE;
  IF free IS NULL THEN RETURN NULL; END IF;
  UPDATE activities_posts p SET taken = taken + 1 WHERE p.id = free;
  INSERT INTO activities_signups AS s (activity_id, post_id, volunteer_id, status, turn, assisted, walk_in, actor, signed_at)
  VALUES (p_activity, free, p_volunteer, 'came', nextval('activities_turns'), true, true, p_actor, p_now)
  ON CONFLICT (activity_id, volunteer_id) DO UPDATE SET status = 'came', post_id = free, walk_in = true
  RETURNING s.id INTO found;
  RETURN found;
END $$;

-- One scan, kept whatever comes of it. What was judged before is judged again where somebody else may have
-- been faster: one row a person and activity, one open attendance a person, places. A race that is lost
-- after all ends in a unique violation, and the caller runs the call again.
CREATE FUNCTION activities_scan(p_activity bigint, p_volunteer bigint, p_action text, p_way text, p_hash bytea, p_refusal text,
  p_may_admit boolean, p_actor text, p_seq bigint, p_nonce text, p_occurred_at timestamptz,
  p_received_at timestamptz, p_offline boolean, OUT status text, OUT reason text, OUT already boolean,
  OUT at timestamptz, OUT replayed boolean, OUT same boolean) LANGUAGE plpgsql
  -- All is looked up by key; a plan made while a table was small would scan it for ever.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE known record; place bigint; BEGIN
  SELECT s.status, s.reason, s.already, s.effective_at, true, s.code_hash = p_hash AND s.action = p_action
    INTO status, reason, already, at, replayed, same
    FROM activities_scans s WHERE s.actor = p_actor AND s.nonce = p_nonce;
  IF FOUND THEN RETURN; END IF;
  reason := p_refusal; already := false; at := p_occurred_at; replayed := false; same := true;
  IF reason IS NULL THEN
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
        WHERE t.volunteer_id = p_volunteer AND t.status = 'in' AND a.id = t.activity_id AND a.closes_at < p_occurred_at;
      PERFORM FROM activities_attendances t
        WHERE t.volunteer_id = p_volunteer AND t.status = 'in' AND t.activity_id <> p_activity;
      IF FOUND THEN
        reason := 'overlap';
      ELSE
        UPDATE activities_signups s SET status = 'came' WHERE s.activity_id = p_activity
          AND s.volunteer_id = p_volunteer AND s.status IN ('confirmed', 'no_show', 'came') RETURNING s.id INTO place;
        IF place IS NULL AND NOT EXISTS (SELECT FROM activities a WHERE a.id = p_activity AND a.leader_id = p_volunteer) THEN
          IF p_may_admit THEN place := activities_admit(p_activity, p_volunteer, p_actor, p_received_at); END IF;
          reason := CASE WHEN place IS NOT NULL THEN NULL WHEN p_may_admit THEN 'activity_full' ELSE 'not_signed_up' END;
        END IF;
      END IF;
    END IF;
  END IF;
  status := CASE WHEN reason IS NULL THEN 'ok' ELSE 'refused' END;
  already := already AND reason IS NULL;
  INSERT INTO activities_scans (activity_id, volunteer_id, action, way, code_hash, status, reason, already, effective_at, actor,
                                device_seq, nonce, occurred_at, received_at, offline)
  VALUES (p_activity, p_volunteer, p_action, p_way, p_hash, status, reason, already, at, p_actor,
          p_seq, p_nonce, p_occurred_at, p_received_at, p_offline);
  IF reason IS NOT NULL THEN
    RETURN;
  ELSIF already THEN                         -- an earlier moment that arrives later opens (or ends) the attendance
    UPDATE activities_attendances t SET
        in_at = CASE p_action WHEN 'out' THEN t.in_at ELSE p_occurred_at END,
        out_at = CASE p_action WHEN 'out' THEN p_occurred_at ELSE t.out_at END
      WHERE t.id = known.id AND p_offline AND t.status IN ('in', 'out') AND NOT t.amended AND t.kind = 'service'
        AND CASE p_action WHEN 'out' THEN p_occurred_at >= t.in_at AND p_occurred_at < t.out_at ELSE p_occurred_at < t.in_at END;
  ELSIF p_action = 'out' THEN
    UPDATE activities_attendances t SET status = 'out', out_at = p_occurred_at, out_way = p_way, out_actor = p_actor,
      offline = t.offline OR p_offline WHERE t.id = known.id;
    PERFORM activities_tell('CheckedOut', p_activity, p_volunteer, p_received_at,
                            jsonb_build_object('occurred_at', p_occurred_at, 'way', p_way));
  ELSE
    INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at, in_way, in_actor, offline)
    VALUES (p_activity, p_volunteer, CASE p_action WHEN 'in' THEN 'service' ELSE 'audience' END, p_action,
            p_occurred_at, p_way, p_actor, p_offline);
    PERFORM activities_tell('CheckedIn', p_activity, p_volunteer, p_received_at,
      jsonb_build_object('occurred_at', p_occurred_at, 'way', p_way, 'audience', p_action = 'audience'));
  END IF;
END $$;

-- Whoever has a place and has not come by start + grace, once each; and what time alone decides of activities.
CREATE FUNCTION activities_sweep(p_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE marked bigint; BEGIN
  WITH missing AS (
    UPDATE activities_signups s SET status = 'no_show', no_show_at = p_now FROM activities a
    WHERE a.id = s.activity_id AND s.status = 'confirmed' AND s.no_show_at IS NULL AND a.late_at <= p_now
      AND a.status NOT IN ('draft', 'cancelled')
    RETURNING s.activity_id, s.volunteer_id)
  SELECT count(*) INTO marked
    FROM missing m CROSS JOIN LATERAL activities_tell('NoShowMarked', m.activity_id, m.volunteer_id, p_now);
  UPDATE activities_attendances t SET status = 'undecided' FROM activities a
    WHERE a.id = t.activity_id AND t.status = 'in' AND a.closes_at < p_now;
  UPDATE activities a SET status = CASE WHEN a.ends_at <= p_now THEN 'to_confirm' ELSE 'open' END
    WHERE (a.status = 'published' AND a.opens_at <= p_now) OR (a.status = 'open' AND a.ends_at <= p_now);
  UPDATE activities a SET status = 'confirmed'   -- the last two confirmed at once, and neither saw the other
    WHERE a.status = 'to_confirm' AND a.closes_at < p_now
      AND EXISTS (SELECT FROM activities_attendances t WHERE t.activity_id = a.id AND t.status = 'confirmed')
      AND NOT EXISTS (SELECT FROM activities_attendances t WHERE t.activity_id = a.id AND t.status IN ('in', 'out', 'undecided'));
  RETURN marked;
END $$;

GRANT SELECT, INSERT, UPDATE ON activities_templates, activities, activities_posts, activities_signups, activities_attendances,
  activities_awards, activities_paper_lines, activities_rights TO aixin_app;
GRANT SELECT, INSERT ON activities_scans TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
