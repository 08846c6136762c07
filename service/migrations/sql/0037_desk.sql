-- What the desk reads: the points of each day summed once, where a thing was done, and what still waits.

-- ------------------------------------------------------------------------------ the days of a community
-- What one entry of a wallet was, seen from the volunteer: a reversal belongs to what it reverses.
CREATE VIEW reports_moves AS
  SELECT t.id AS transfer_id, t.programme_id, v.community_id, v.id AS volunteer_id, t.business_day AS day,
    coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back, e.amount AS points
  FROM ledger_transfers t
    JOIN ledger_entries e ON e.transfer_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id AND a.by_lots
    JOIN people_volunteers v ON v.code = split_part(a.address, ':', 2) AND v.programme_id = a.programme_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id;

-- Sums of the sealed log up to `next`; the log never changes below it. What lies above is added when somebody reads.
CREATE TABLE reports_days (
  community_id bigint NOT NULL,
  day          date NOT NULL,
  kind         text NOT NULL,
  back         boolean NOT NULL,           -- taken back
  points       bigint NOT NULL,
  moves        bigint NOT NULL,
  CONSTRAINT pk_reports_days PRIMARY KEY (community_id, day, kind, back)
);
CREATE TABLE reports_reach (
  one  boolean CONSTRAINT pk_reports_reach PRIMARY KEY CONSTRAINT ck_reports_reach_one CHECK (one),
  next bigint NOT NULL                     -- the first leaf of the log that is in no sum yet
);

-- Sum the next leaves; answers how many. Two at a time: the second waits and goes on where the first ended.
CREATE FUNCTION reports_roll_up(p_limit integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE first_leaf bigint; last_leaf bigint; BEGIN
  INSERT INTO reports_reach (one, next) VALUES (true, 0) ON CONFLICT DO NOTHING;
  SELECT r.next INTO first_leaf FROM reports_reach r FOR UPDATE;
  SELECT max(l.index) INTO last_leaf FROM ledger_leaves l WHERE l.index >= first_leaf AND l.index < first_leaf + p_limit;
  IF last_leaf IS NULL THEN RETURN 0; END IF;
  INSERT INTO reports_days AS d (community_id, day, kind, back, points, moves)
    SELECT m.community_id, m.day, m.kind, m.back, sum(m.points), count(*)
    FROM ledger_leaves l JOIN reports_moves m ON m.transfer_id = l.transfer_id
    WHERE l.index BETWEEN first_leaf AND last_leaf GROUP BY 1, 2, 3, 4
  ON CONFLICT (community_id, day, kind, back)
    DO UPDATE SET points = d.points + excluded.points, moves = d.moves + excluded.moves;
  UPDATE reports_reach SET next = last_leaf + 1;
  RETURN last_leaf - first_leaf + 1;
END $$;
GRANT SELECT ON reports_moves TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON reports_days, reports_reach TO aixin_app;

-- ------------------------------------------------------------------------------ where something was done
-- A community's readers see its trail and no other: the place of what it is about, else the place of who did it.
CREATE FUNCTION trail_unit_of_subject(p_kind text, p_code text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE row_id bigint := CASE WHEN p_code ~ '^[0-9]{1,18}$' THEN p_code::bigint END; BEGIN
  RETURN CASE
    WHEN p_kind = 'award' THEN (SELECT v.community_id FROM activities_awards w JOIN people_volunteers v ON v.id = w.volunteer_id WHERE w.key = p_code)
    WHEN p_kind IN ('activity', 'attendance', 'signup', 'paper')
      THEN (SELECT a.community_id FROM activities a WHERE a.code = split_part(p_code, ':', 1))
    WHEN p_kind = 'paper-line' THEN (SELECT a.community_id FROM activities_paper_lines p JOIN activities a ON a.id = p.activity_id WHERE p.id = row_id)
    WHEN p_kind = 'gate-problem' THEN (SELECT a.community_id FROM activities_problems p JOIN activities a ON a.id = p.activity_id WHERE p.id = row_id)
    WHEN p_kind = 'volunteer' THEN (SELECT v.community_id FROM people_volunteers v WHERE v.code = p_code)
    WHEN p_kind = 'shop' THEN (SELECT s.community_id FROM shops s WHERE s.code = p_code OR s.id = row_id ORDER BY s.code = p_code DESC LIMIT 1)
    WHEN p_kind = 'device' THEN (SELECT coalesce(d.community_id, s.community_id) FROM people_devices d LEFT JOIN shops s ON s.id = d.shop_id WHERE d.id = row_id)
    WHEN p_kind = 'redemption' THEN (SELECT s.community_id FROM redemptions r JOIN shops s ON s.id = r.shop_id WHERE r.id = row_id)
    WHEN p_kind = 'exception' THEN (SELECT e.community_id FROM reconciliation_exceptions e WHERE e.id = row_id)
    WHEN p_kind IN ('unit', 'sampling', 'month') THEN (SELECT u.id FROM people_units u WHERE u.code = split_part(p_code, ':', 1))
    WHEN p_kind = 'finding' THEN (SELECT f.community_id FROM audit_findings f WHERE f.id = row_id)
    WHEN p_kind = 'case' THEN (SELECT c.community_id FROM cases c WHERE c.id = row_id)
    WHEN p_kind = 'objection' THEN (SELECT o.community_id FROM cases_objections o WHERE o.id = row_id)
    WHEN p_kind = 'notice' THEN (SELECT n.community_id FROM notices n WHERE n.id = row_id OR n.code = p_code ORDER BY n.id LIMIT 1)
    WHEN p_kind IN ('call', 'sample') THEN (SELECT c.community_id FROM sampling_calls c WHERE c.id = row_id)
    WHEN p_kind = 'day' AND split_part(p_code, ':', 1) ~ '^[0-9]{1,18}$' THEN split_part(p_code, ':', 1)::bigint
  END;
END $$;
CREATE FUNCTION trail_unit_of_actor(p_kind text, p_code text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE p_kind
    WHEN 'staff' THEN (
      SELECT coalesce(s.community_id, u.id, h.community_id) FROM people_staff s LEFT JOIN people_roles r ON r.staff_id = s.id
        LEFT JOIN people_units u ON u.code = r.scope_code LEFT JOIN shops h ON h.code = r.scope_code
      WHERE s.code = p_code ORDER BY 1 NULLS LAST LIMIT 1)
    WHEN 'clerk' THEN trail_unit_of_subject('shop', split_part(p_code, ':', 1))
    ELSE trail_unit_of_subject(p_kind, p_code)
  END
$$;
CREATE FUNCTION trail_unit_of(p_subject text, p_actor text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    trail_unit_of_subject(split_part(p_subject, ':', 1), substr(p_subject, strpos(p_subject, ':') + 1)),
    trail_unit_of_actor(split_part(p_actor, ':', 1), substr(p_actor, strpos(p_actor, ':') + 1)))
$$;
CREATE FUNCTION trail_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.unit_id := trail_unit_of(NEW.subject, NEW.actor);
  RETURN NEW;
END $$;

ALTER TABLE trail_records ADD COLUMN unit_id bigint;  -- a community or a sub-district; NULL: the house itself
ALTER TABLE trail_records DISABLE TRIGGER append_only;
UPDATE trail_records SET unit_id = trail_unit_of(subject, actor);
ALTER TABLE trail_records ENABLE TRIGGER append_only;
CREATE TRIGGER placed BEFORE INSERT ON trail_records FOR EACH ROW EXECUTE FUNCTION trail_place();
CREATE INDEX ix_trail_records_at ON trail_records (at, id);
CREATE INDEX ix_trail_records_unit_id_at ON trail_records (unit_id, at, id);
CREATE INDEX ix_trail_records_action_at ON trail_records (action, at, id);
CREATE INDEX ix_trail_records_actor_at ON trail_records (actor, at, id);

-- ------------------------------------------------------------------------------ what still waits
CREATE INDEX ix_activities_attendances_unconfirmed ON activities_attendances (activity_id)
  WHERE status IN ('in', 'out', 'undecided');
CREATE INDEX ix_activities_paper_lines_waiting ON activities_paper_lines (id) WHERE status = 'waiting';
-- What came through one tablet, newest first.
CREATE INDEX ix_activities_scans_device_id ON activities_scans (device, id) WHERE device IS NOT NULL;
CREATE INDEX ix_activities_scans_tablet ON activities_scans (actor, id) WHERE actor LIKE 'device:%';
