-- The rows of one check-in and nothing else: nothing is asked, no lock, no answer. Each call takes the next volunteer.
-- Triggers, foreign keys and indexes stand on the tables as they do for the real one.
CREATE SEQUENCE floor_next;
GRANT USAGE ON SEQUENCE floor_next TO aixin_app;

CREATE FUNCTION floor_check_in(p_activity bigint, p_code text, p_first bigint, p_day date) RETURNS bigint LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE v bigint := p_first + nextval('floor_next') - 1; now_ timestamptz := now(); done bigint; BEGIN
  UPDATE activities_signups SET status = 'came' WHERE activity_id = p_activity AND volunteer_id = v;
  INSERT INTO activities_scans (activity_id, volunteer_id, action, way, assurance, code_hash, status, already, effective_at, actor,
                                nonce, occurred_at, received_at, offline)
  VALUES (p_activity, v, 'in', 'C1', 'A3', sha256(v::text::bytea), 'ok', false, now_, 'floor', 'floor-' || v, now_, now_, false);
  INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at, in_way, in_actor, assurance)
  VALUES (p_activity, v, 'service', 'in', now_, 'C1', 'floor', 'A3') RETURNING id INTO done;
  INSERT INTO outbox_events (type, subject, payload, occurred_at, recorded_at)
  VALUES ('CheckedIn', p_code, jsonb_build_object('activity', p_code, 'volunteer', 'BF' || v, 'business_day', p_day,
          'occurred_at', now_, 'way', 'C1', 'audience', false), now_, now_);
  RETURN done;
END $$;

-- People of the floor's own, all with a place, so that its calls find what a real check-in finds.
CREATE FUNCTION floor_crowd(p_activity bigint, p_count integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE first_ bigint; BEGIN
  WITH moved_in AS (
    INSERT INTO people_volunteers (code, programme_id, community_id, team_id, age_band, channel, guardian_consent,
                                   qualification_verified, consent_notice, opening_lifetime, opening_minutes, created_at)
    SELECT 'BF' || n, v.programme_id, v.community_id, v.team_id, v.age_band, v.channel, false, false, false, 0, 0, now()
    FROM (SELECT * FROM people_volunteers ORDER BY id LIMIT 1) v, generate_series(1, p_count) n ORDER BY n RETURNING id)
  SELECT min(id) INTO first_ FROM moved_in;
  INSERT INTO activities_signups (activity_id, post_id, volunteer_id, status, turn, assisted, actor, signed_at)
  SELECT p_activity, p.id, v.id, 'confirmed', nextval('activities_turns'), false, 'floor', now()
  FROM people_volunteers v, activities_posts p WHERE v.id >= first_ AND p.activity_id = p_activity ORDER BY v.id;
  RETURN first_;
END $$;
