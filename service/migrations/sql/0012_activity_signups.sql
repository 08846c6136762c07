-- Sign-ups with limits, agreement and priority. The calls of 0004 stay for the release before this one.

ALTER TABLE activities_signups
  ADD COLUMN signed_by_kind text NOT NULL DEFAULT 'self' CONSTRAINT ck_activities_signups_signed_by_kind
    CHECK (signed_by_kind IN ('self', 'leader', 'recorder', 'guardian')),
  ADD COLUMN priority smallint NOT NULL DEFAULT 0        -- 1 stands behind the others in the queue: too many no-shows
    CONSTRAINT ck_activities_signups_priority CHECK (priority IN (0, 1)),
  ADD COLUMN agreed_at timestamptz,
  ADD COLUMN agreed_sha256 bytea,                        -- of the risk text that was agreed to
  ADD CONSTRAINT ck_activities_signups_agreed
    CHECK ((agreed_at IS NULL) = (agreed_sha256 IS NULL) AND octet_length(agreed_sha256) = 32);
UPDATE activities_signups SET signed_by_kind = 'recorder' WHERE assisted;

CREATE INDEX ix_activities_signups_post_id_priority ON activities_signups (post_id, priority, turn) WHERE status = 'waiting';
DROP INDEX ix_activities_signups_post_id_turn;           -- the new one finds a post's queue as well

-- The other activity at the same time in which somebody has a place, if any. A turn in a queue is no place.
CREATE FUNCTION activities_elsewhere(p_volunteer bigint, p_activity bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT b.id FROM activities a JOIN activities_signups s ON s.volunteer_id = p_volunteer AND s.status IN ('confirmed', 'came')
    JOIN activities b ON b.id = s.activity_id
  WHERE a.id = p_activity AND b.id <> a.id AND b.status NOT IN ('draft', 'cancelled')
    AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
  ORDER BY b.starts_at, b.id LIMIT 1
$$;

-- Whether a volunteer's team has all the places that one team may have at a post.
CREATE FUNCTION activities_team_is_full(p_post bigint, p_volunteer bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM activities_posts p JOIN people_volunteers v ON v.id = p_volunteer
    WHERE p.id = p_post AND p.per_team_max <= (
      SELECT count(*) FROM activities_signups s JOIN people_volunteers o ON o.id = s.volunteer_id
      WHERE s.activity_id = p.activity_id AND s.post_id = p.id AND s.status IN ('confirmed', 'came', 'no_show')
        AND o.team_id = v.team_id))
$$;

-- A place while places last, then the queue. Whoever takes or frees a place holds the post's row alone. Whoever finds
-- the post full only shares the row, so that a thousand may queue at once: nobody frees a place meanwhile, and who
-- frees one later sees them all. A race that is lost is raised as such, and the caller runs the call again.
-- The order is always post, then volunteer: who takes two places at two posts at once is stopped at the second row.
CREATE FUNCTION activities_take_seat(p_activity bigint, p_post bigint, p_volunteer bigint, p_kind text, p_actor text,
  p_priority integer, p_agreed bytea, p_stated boolean, p_now timestamptz,
  OUT status text, OUT place bigint, OUT already boolean, OUT elsewhere bigint) LANGUAGE plpgsql
  -- All is looked up by key; a plan made while a table was small would scan it for ever.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE known record; room boolean; BEGIN
  SELECT s.status, s.post_id, s.priority, s.turn INTO known FROM activities_signups s
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer AND s.status <> 'cancelled';
  already := FOUND;
  status := known.status;
  IF NOT already THEN
    IF p_post IS NULL THEN                   -- stood there a moment ago, so nothing was checked: look again
      status := 'gone'; RETURN;
    END IF;
    SELECT p.taken < p.capacity INTO room FROM activities_posts p WHERE p.id = p_post;
    IF room THEN
      SELECT p.taken < p.capacity INTO room FROM activities_posts p WHERE p.id = p_post FOR NO KEY UPDATE;
    ELSE
      SELECT p.taken < p.capacity INTO room FROM activities_posts p WHERE p.id = p_post FOR SHARE;
      IF room THEN RAISE SQLSTATE '40001' USING MESSAGE = 'a place became free'; END IF;
    END IF;
    PERFORM FROM activities a WHERE a.id = p_activity AND a.status IN ('published', 'open');
    IF NOT FOUND AND NOT p_stated THEN
      status := 'closed'; RETURN;
    END IF;
    IF room THEN
      PERFORM FROM people_volunteers v WHERE v.id = p_volunteer FOR NO KEY UPDATE;
      elsewhere := CASE WHEN NOT p_stated THEN activities_elsewhere(p_volunteer, p_activity) END;
      IF elsewhere IS NOT NULL THEN
        status := 'overlap'; RETURN;
      END IF;
      room := NOT activities_team_is_full(p_post, p_volunteer);
    END IF;
    IF room THEN
      UPDATE activities_posts p SET taken = taken + 1 WHERE p.id = p_post;
    END IF;
    status := CASE WHEN room THEN 'confirmed' ELSE 'waiting' END;
    INSERT INTO activities_signups AS s (activity_id, post_id, volunteer_id, status, turn, assisted, signed_by_kind, priority,
                                         actor, signed_at, agreed_at, agreed_sha256)
    VALUES (p_activity, p_post, p_volunteer, activities_take_seat.status, nextval('activities_turns'), p_kind <> 'self', p_kind,
            p_priority, p_actor, p_now, CASE WHEN p_agreed IS NOT NULL THEN p_now END, p_agreed)
    ON CONFLICT (activity_id, volunteer_id) DO UPDATE SET post_id = excluded.post_id, status = excluded.status,
      turn = excluded.turn, assisted = excluded.assisted, signed_by_kind = excluded.signed_by_kind, priority = excluded.priority,
      actor = excluded.actor, signed_at = excluded.signed_at, agreed_at = excluded.agreed_at,
      agreed_sha256 = excluded.agreed_sha256, promoted_at = NULL, cancelled_at = NULL
      WHERE s.status = 'cancelled'
    RETURNING s.status, s.post_id, s.priority, s.turn INTO known;
    IF NOT FOUND THEN RAISE SQLSTATE '40001' USING MESSAGE = 'signed up by another call'; END IF;
    PERFORM activities_tell(CASE status WHEN 'confirmed' THEN 'SignupAccepted' ELSE 'SignupWaitlisted' END,
                            p_activity, p_volunteer, p_now);
  END IF;
  IF status = 'waiting' THEN
    SELECT count(*) INTO place FROM activities_signups s
      WHERE s.post_id = known.post_id AND s.status = 'waiting' AND (s.priority, s.turn) <= (known.priority, known.turn);
  END IF;
END $$;

-- Give free places to those who wait, in their order, each once. Who has a place elsewhere by now or whose team has all
-- of its places is passed over and stays in line; for the first of these the other activity is named.
CREATE FUNCTION activities_promote(p_post bigint, p_now timestamptz)
  RETURNS TABLE (volunteer_id bigint, promoted boolean, elsewhere bigint) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE post record; waiter record; BEGIN
  SELECT p.activity_id, p.capacity - p.taken AS room INTO post FROM activities_posts p WHERE p.id = p_post FOR NO KEY UPDATE;
  PERFORM FROM activities a WHERE a.id = post.activity_id AND a.status IN ('published', 'open') AND a.starts_at > p_now;
  IF NOT FOUND THEN RETURN; END IF;
  FOR waiter IN SELECT s.id, s.volunteer_id FROM activities_signups s WHERE s.post_id = p_post AND s.status = 'waiting'
                ORDER BY s.priority, s.turn LOOP
    EXIT WHEN post.room <= 0;
    CONTINUE WHEN activities_team_is_full(p_post, waiter.volunteer_id);
    volunteer_id := waiter.volunteer_id;
    elsewhere := activities_elsewhere(waiter.volunteer_id, post.activity_id);
    IF elsewhere IS NULL THEN                -- nobody takes two places for one person in the same moment
      PERFORM FROM people_volunteers v WHERE v.id = waiter.volunteer_id FOR NO KEY UPDATE;
      elsewhere := activities_elsewhere(waiter.volunteer_id, post.activity_id);
    END IF;
    promoted := elsewhere IS NULL;
    IF promoted THEN
      UPDATE activities_signups s SET status = 'confirmed', promoted_at = p_now WHERE s.id = waiter.id;
      UPDATE activities_posts p SET taken = taken + 1 WHERE p.id = p_post;
      post.room := post.room - 1;
      PERFORM activities_tell('WaitlistPromoted', post.activity_id, waiter.volunteer_id, p_now);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- Give back a place or a turn; the post whose place became free is named, for activities_promote in the same transaction.
CREATE FUNCTION activities_give_back(p_activity bigint, p_volunteer bigint, p_now timestamptz,
  OUT cancelled boolean, OUT freed bigint) LANGUAGE plpgsql AS $$
DECLARE post bigint; known record; BEGIN
  SELECT s.post_id INTO post FROM activities_signups s WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer;
  PERFORM FROM activities_posts p WHERE p.id = post FOR NO KEY UPDATE;
  SELECT s.id, s.post_id, s.status INTO known FROM activities_signups s
    WHERE s.activity_id = p_activity AND s.volunteer_id = p_volunteer FOR NO KEY UPDATE;
  IF known.post_id <> post THEN RAISE SQLSTATE '40001' USING MESSAGE = 'signed up for another post meanwhile'; END IF;
  cancelled := coalesce(known.status IN ('confirmed', 'waiting'), false);
  IF NOT cancelled THEN RETURN; END IF;
  UPDATE activities_signups s SET status = 'cancelled', cancelled_at = p_now WHERE s.id = known.id;
  PERFORM activities_tell('SignupCancelled', p_activity, p_volunteer, p_now);
  IF known.status = 'confirmed' THEN
    freed := post;
    UPDATE activities_posts p SET taken = taken - 1 WHERE p.id = post;
  END IF;
END $$;
