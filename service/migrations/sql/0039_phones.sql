-- Bound phones and the family's helpers.

-- Two places for own phones. Place 0 is what the booklet and its PIN open in any browser; the release before knows no other,
-- and its rows land there, one a volunteer as ever.
ALTER TABLE passes_bindings
  ADD COLUMN place smallint NOT NULL DEFAULT 0 CONSTRAINT ck_passes_bindings_place CHECK (place BETWEEN 0 AND 2),
  ADD COLUMN session_hash bytea CONSTRAINT uq_passes_bindings_session_hash UNIQUE,  -- of the phone's own session
  ADD COLUMN last_seen_at timestamptz;
CREATE UNIQUE INDEX uq_passes_bindings_volunteer_id_place_live ON passes_bindings (volunteer_id, place) WHERE revoked_at IS NULL;
DROP INDEX uq_passes_bindings_volunteer_id_live;

-- A phone's pass dies with its session, however that ends: signed out, unbound, all sessions revoked.
CREATE FUNCTION passes_end_with_session() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN
  UPDATE passes_bindings SET revoked_at = coalesce(NEW.revoked_at, now())
    WHERE session_hash = OLD.token_hash AND revoked_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER pass_ends AFTER UPDATE OF revoked_at ON people_sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION passes_end_with_session();
CREATE TRIGGER pass_goes AFTER DELETE ON people_sessions FOR EACH ROW EXECUTE FUNCTION passes_end_with_session();

-- A relative's phone that fetches for a volunteer (代办). Its codes have a letter of their own, which the release before and
-- every gate know nothing of: they identify nobody there.
CREATE TABLE passes_helpers (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_passes_helpers PRIMARY KEY,
  pid          text NOT NULL CONSTRAINT uq_passes_helpers_pid UNIQUE CONSTRAINT ck_passes_helpers_pid CHECK (pid LIKE 'h-%'),
  volunteer_id bigint NOT NULL CONSTRAINT fk_passes_helpers_volunteer_id_people_volunteers REFERENCES people_volunteers,
  token_hash   bytea NOT NULL CONSTRAINT uq_passes_helpers_token_hash UNIQUE,
  valid_until  date NOT NULL,           -- the last day
  allowed_by   text NOT NULL,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz,
  revoked_at   timestamptz
);
CREATE UNIQUE INDEX uq_passes_helpers_volunteer_id_live ON passes_helpers (volunteer_id) WHERE revoked_at IS NULL;

-- A claim binds one phone, once, within its minutes, by somebody who sees both screens. Its code and its digits are made of
-- the salt with the server's secret: a copy of the table binds nothing.
CREATE TABLE phones_claims (
  digest       bytea NOT NULL CONSTRAINT pk_phones_claims PRIMARY KEY,
  salt         bytea NOT NULL,
  volunteer_id bigint NOT NULL CONSTRAINT fk_phones_claims_volunteer_id_people_volunteers REFERENCES people_volunteers,
  key          text NOT NULL,           -- of the form that asked for it
  valid_until  date,                    -- of a helper's phone; an own one has none
  made_by      text NOT NULL,
  made_at      timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  tries        integer NOT NULL DEFAULT 0,
  used_at      timestamptz,
  used_by      bytea,                   -- of the page that used it: the same page may ask again
  CONSTRAINT uq_phones_claims_volunteer_id_key UNIQUE (volunteer_id, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON passes_helpers, phones_claims TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;

-- ------------------------------------------------------------------------------ sales to a helper
ALTER TABLE redemptions DROP CONSTRAINT ck_redemptions_via,
  ADD CONSTRAINT ck_redemptions_via CHECK (via IN ('pass', 'helper', 'booklet', 'number', 'phone', 'unknown'));

-- What the ledger's line says of a sale.
CREATE FUNCTION redemptions_memo(p_good text, p_qty integer, p_flags text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN 'helper' = ANY (p_flags) THEN jsonb_build_object('good', p_good, 'qty', p_qty, 'by', 'helper')
              ELSE jsonb_build_object('good', p_good, 'qty', p_qty) END
$$;

-- As before, and the memo says who came.
CREATE OR REPLACE FUNCTION redemptions_capture(INOUT kept redemptions, p_actor text, p_now timestamptz, p_day date) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE f record; BEGIN
  SELECT s.code AS shop, s.status, s.programme_id, g.code, g.name, g.person_limit, v.code AS volunteer INTO f
    FROM shops s, shops_goods g, people_volunteers v
    WHERE s.id = kept.shop_id AND g.id = kept.good_id AND v.id = kept.volunteer_id
    FOR SHARE OF s;  -- a shop that is leaving gives back what is left of its pledge: before this, or after
  IF kept.expires_at <= p_now THEN kept := redemptions_let_go(kept, 'expired', 'expired', 'system', p_now); RETURN; END IF;
  IF f.status <> 'admitted' THEN kept := redemptions_let_go(kept, 'refused', 'shop_suspended', p_actor, p_now); RETURN; END IF;
  IF kept.business_day <> p_day THEN  -- midnight came in between
    PERFORM shops_put_back(kept.good_id, kept.volunteer_id, kept.qty, kept.business_day);
    PERFORM shops_take(kept.good_id, kept.qty, p_day);
    IF f.person_limit IS NOT NULL THEN PERFORM shops_take_for(kept.good_id, kept.volunteer_id, kept.qty, p_day); END IF;
  END IF;
  BEGIN
    SELECT c.transfer_id INTO kept.transfer_id FROM ledger_capture(f.programme_id, 'redeem:' || f.shop || ':' || kept.key,
      kept.request_hash, 'redeem', kept.hold_id, NULL, NULL, NULL, p_actor, 'redemption:' || kept.id, p_now, p_now, p_day, NULL,
      redemptions_memo(f.name, kept.qty, kept.flags)) c;
  EXCEPTION WHEN SQLSTATE 'LG011' OR SQLSTATE 'LG012' THEN  -- another clock, a little ahead, has let the points go
    kept.business_day := p_day;
    kept := redemptions_let_go(kept, 'expired', 'expired', 'system', p_now); RETURN;
  END;
  UPDATE redemptions SET status = 'captured', reason = NULL, transfer_id = kept.transfer_id, occurred_at = p_now, recorded_at = p_now,
    business_day = p_day WHERE id = kept.id RETURNING * INTO kept;
  PERFORM outbox_publish('RedemptionCaptured', 'redemption:' || kept.id, jsonb_build_object('redemption', kept.id,
    'shop', f.shop, 'key', kept.key, 'good', f.code, 'qty', kept.qty, 'points', kept.points, 'value_fen', kept.value_fen,
    'volunteer', f.volunteer, 'tail', kept.tail, 'proxy', kept.proxy, 'flags', to_jsonb(kept.flags), 'offline', false,
    'business_day', p_day, 'occurred_at', p_now), p_now);
END $$;

-- As before, and of a helper: fewer points a time and a day, which stand behind the five figures, and the flag that says so.
--   p_figures   … helper_points, helper_day; the release before sends neither, and knows no helper
CREATE OR REPLACE FUNCTION redemptions_sell(p_shop bigint, p_key text, p_hash bytea, p_good text, p_qty integer,
  p_programme integer, p_volunteer bigint, p_code text, p_tail text, p_via text, p_pid text, p_step bigint,
  p_device bigint, p_actor text, p_proxy text, p_occurred_at timestamptz, p_now timestamptz, p_day date,
  p_offline boolean, p_verified boolean, p_override boolean, p_refusal text, p_flags text[], p_rules text, p_figures integer[],
  OUT outcome text, OUT kept redemptions, OUT good_name text, OUT rules text) LANGUAGE plpgsql
  -- All is looked up by key: see ledger_post. A plan made while a table was small would scan it for ever.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  g record; day record; asked text[]; taken integer; person_taken integer; cost bigint; step_up boolean; twice boolean;
  window_ interval := make_interval(mins => p_figures[3]);
BEGIN
  PERFORM redemptions_lock_key(p_shop, p_key);
  SELECT * INTO kept FROM redemptions WHERE shop_id = p_shop AND key = p_key FOR UPDATE;
  IF kept.id IS NOT NULL THEN
    p_override := p_override OR 'possible_duplicate' = ANY (kept.flags);
    outcome := CASE WHEN kept.request_hash IS NULL THEN 'voided_first' WHEN kept.request_hash <> p_hash THEN 'key_reused'
                    WHEN kept.status NOT IN ('waiting', 'held') OR kept.expires_at <= p_now THEN 'replayed'
                    WHEN kept.status = 'held' THEN CASE WHEN p_verified AND kept.reason = 'step_up' THEN 'new' ELSE 'replayed' END
                    WHEN p_verified OR p_override AND kept.reason = 'possible_duplicate' THEN NULL ELSE 'replayed' END;
    IF outcome = 'replayed' AND kept.status IN ('waiting', 'held') AND kept.expires_at <= p_now THEN
      kept := redemptions_let_go(kept, 'expired', 'expired', 'system', p_now);
    ELSIF outcome = 'new' THEN
      kept := redemptions_capture(kept, p_actor, p_now, p_day);
    END IF;
    SELECT name INTO good_name FROM shops_goods WHERE id = kept.good_id;
    IF outcome IS NOT NULL THEN RETURN; END IF;
  END IF;

  IF p_refusal IS NULL THEN
    SELECT digest INTO rules FROM programmes_rule_sets WHERE programme_id = p_programme AND effective_from <= p_day
      AND (effective_to IS NULL OR effective_to >= p_day) ORDER BY effective_from DESC LIMIT 1;
    IF rules IS DISTINCT FROM p_rules THEN outcome := 'other_rules'; RETURN; END IF;
  END IF;

  SELECT x.id, x.name, x.points, x.value_fen, x.stock, x.daily_limit, x.person_limit, x.active,
         shops_on_sale(x, p_occurred_at) AS on_sale, s.code AS shop, s.status, s.programme_id
    INTO g FROM shops_goods x JOIN shops s ON s.id = x.shop_id
    WHERE x.shop_id = p_shop AND x.code = p_good FOR NO KEY UPDATE OF x;
  IF g.id IS NULL THEN outcome := 'unknown_good'; RETURN; END IF;
  good_name := g.name;
  cost := p_qty * g.points::bigint;
  p_refusal := CASE WHEN p_refusal IS NOT NULL THEN p_refusal
                    WHEN g.programme_id <> p_programme THEN 'wrong_community'
                    WHEN p_offline THEN NULL  -- the goods have left
                    WHEN g.status <> 'admitted' THEN 'shop_suspended'
                    WHEN NOT g.active THEN 'not_offered'
                    WHEN NOT g.on_sale THEN 'not_now' END;
  IF p_offline AND p_refusal IS NOT NULL THEN  -- goods left on a proof that is none: people will answer it
    p_flags := array_append(p_flags, 'offline_bad');
  END IF;

  IF p_refusal IS NULL THEN
    PERFORM ledger_lock(p_programme, ARRAY['volunteer:' || p_code, 'pledge:' || g.shop]);
    SELECT count(*) FILTER (WHERE business_day = p_day) AS redeemed,
           coalesce(sum(points) FILTER (WHERE business_day = p_day AND offline), 0) AS offline_points,
           coalesce(sum(points) FILTER (WHERE business_day = p_day AND 'helper' = ANY (flags)), 0) AS helper_points,
           count(*) FILTER (WHERE good_id = g.id AND occurred_at BETWEEN p_occurred_at - window_ AND p_occurred_at + window_) AS alike,
           EXISTS (SELECT FROM activities_attendances n WHERE n.volunteer_id = p_volunteer AND n.in_at > p_occurred_at - interval '1 day'
                   AND n.in_at < date_trunc('minute', p_occurred_at) + interval '1 minute'
                   AND coalesce(n.out_at, 'infinity') >= date_trunc('minute', p_occurred_at)) AS serving
      INTO day FROM redemptions
      WHERE volunteer_id = p_volunteer AND business_day BETWEEN p_day - 1 AND p_day + 1
        AND status IN ('held', 'captured', 'partly_reversed');
    IF g.daily_limit IS NOT NULL THEN
      SELECT d.taken INTO taken FROM shops_good_days d WHERE d.good_id = g.id AND d.day = p_day;
    END IF;
    IF g.person_limit IS NOT NULL THEN
      SELECT d.taken INTO person_taken FROM shops_person_days d
        WHERE d.good_id = g.id AND d.volunteer_id = p_volunteer AND d.day = p_day;
    END IF;
    twice := day.alike > 0;
    step_up := NOT p_verified AND (p_proxy IS NOT NULL OR p_via NOT IN ('pass', 'helper') OR cost > p_figures[1] OR day.redeemed + 1 >= p_figures[2]);
    asked := redemptions_objections(p_qty, cost, g.stock, g.daily_limit, coalesce(taken, 0),
                                    ledger_available(p_programme, 'volunteer:' || p_code, 'PTS'), g.person_limit, coalesce(person_taken, 0));
    IF EXISTS (SELECT FROM passes_uses u WHERE u.pid = p_pid AND u.step = p_step AND u.purpose <> 'redeem:' || g.shop || ':' || p_key) THEN
      asked := array_prepend('code_used', asked);  -- another sale was quicker with the same code
    END IF;
    IF p_via = 'helper' THEN
      p_flags := array_append(p_flags, 'helper');
      IF cost > p_figures[6] THEN asked := array_prepend('helper_limit', asked);
      ELSIF day.helper_points + cost > p_figures[7] THEN asked := array_prepend('helper_day', asked); END IF;
    END IF;
    IF day.serving THEN p_flags := array_append(p_flags, 'serving'); END IF;
    IF p_proxy IS NOT NULL THEN p_flags := array_append(p_flags, 'proxy'); END IF;
    IF p_offline THEN
      IF g.status <> 'admitted' THEN p_flags := array_append(p_flags, 'shop_suspended'); END IF;
      IF NOT g.active THEN p_flags := array_append(p_flags, 'not_offered'); END IF;
      IF NOT g.on_sale THEN p_flags := array_append(p_flags, 'off_hours'); END IF;
      p_flags := p_flags || redemptions_breaches(asked, day.offline_points + cost > p_figures[4]
        OR asked && ARRAY['helper_limit', 'helper_day'], twice, step_up);
    ELSE
      p_refusal := asked[1];
      p_flags := p_flags || CASE WHEN twice AND p_override THEN ARRAY['possible_duplicate'] ELSE '{}' END;
    END IF;
  END IF;

  kept.id := coalesce(kept.id, nextval('redemptions_id_seq'));
  kept.reason := CASE WHEN p_refusal IS NOT NULL THEN p_refusal WHEN p_offline THEN NULL
                      WHEN twice AND NOT p_override THEN 'possible_duplicate'
                      WHEN step_up AND p_via = 'phone' THEN 'show_code' WHEN step_up THEN 'step_up' END;
  kept.status := CASE WHEN p_refusal IS NOT NULL THEN 'refused' WHEN kept.reason = 'possible_duplicate' THEN 'waiting'
                      WHEN kept.reason IS NOT NULL THEN 'held' ELSE 'captured' END;
  kept.expires_at := CASE WHEN kept.status IN ('waiting', 'held') THEN p_now + make_interval(secs => p_figures[5]) END;
  IF kept.status IN ('captured', 'held') THEN
    IF p_pid IS NOT NULL THEN PERFORM passes_claim(p_pid, p_step, 'redeem:' || g.shop || ':' || p_key, p_now); END IF;
    kept.stock_left := shops_take(g.id, p_qty, p_day);
    IF g.person_limit IS NOT NULL THEN PERFORM shops_take_for(g.id, p_volunteer, p_qty, p_day); END IF;
  END IF;
  IF kept.status = 'captured' THEN
    SELECT p.transfer_id INTO kept.transfer_id FROM ledger_post(p_programme, 'redeem:' || g.shop || ':' || p_key, p_hash, 'redeem',
      ARRAY['volunteer:' || p_code, 'redeemed:' || g.shop, 'pledge:' || g.shop, 'given-goods:' || g.shop],
      ARRAY['PTS', 'PTS', 'CNY', 'CNY'], ARRAY[-cost, cost, -p_qty * g.value_fen, p_qty * g.value_fen],
      p_actor, 'redemption:' || kept.id, p_occurred_at, p_now, p_day, NULL, p_offline, NULL,
      redemptions_memo(g.name, p_qty, p_flags)) p;
  ELSIF kept.status = 'held' THEN
    SELECT h.transfer_id INTO kept.hold_id FROM ledger_hold(p_programme, 'hold:' || g.shop || ':' || p_key, p_hash,
      ARRAY['volunteer:' || p_code, 'redeemed:' || g.shop, 'pledge:' || g.shop, 'given-goods:' || g.shop],
      ARRAY['PTS', 'PTS', 'CNY', 'CNY'], ARRAY[-cost, cost, -p_qty * g.value_fen, p_qty * g.value_fen],
      p_actor, 'redemption:' || kept.id, p_occurred_at, p_now, p_day, kept.expires_at,
      redemptions_memo(g.name, p_qty, p_flags)) h;
  END IF;

  INSERT INTO redemptions AS r (id, shop_id, key, request_hash, status, reason, good_id, qty, points, value_fen, volunteer_id,
    tail, via, pid, step, device_id, actor, proxy, flags, offline, occurred_at, recorded_at, business_day, expires_at, stock_left, transfer_id, hold_id)
  VALUES (kept.id, p_shop, p_key, p_hash, kept.status, kept.reason, g.id, p_qty, cost, p_qty * g.value_fen, p_volunteer,
    p_tail, p_via, p_pid, p_step, p_device, p_actor, p_proxy, p_flags, p_offline, p_occurred_at, p_now, p_day,
    kept.expires_at, kept.stock_left, kept.transfer_id, kept.hold_id)
  ON CONFLICT (shop_id, key) DO UPDATE SET status = excluded.status, reason = excluded.reason, flags = excluded.flags,
    occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, business_day = excluded.business_day,
    expires_at = excluded.expires_at, stock_left = excluded.stock_left, transfer_id = excluded.transfer_id, hold_id = excluded.hold_id
    WHERE r.status = 'waiting' RETURNING * INTO kept;
  IF kept.id IS NULL THEN  -- somebody wrote the key without its lock: undo all and look again
    RAISE EXCEPTION 'key % was taken meanwhile', p_key USING ERRCODE = '40001';
  END IF;
  outcome := 'new';
  IF kept.status = 'captured' THEN
    PERFORM outbox_publish('RedemptionCaptured', 'redemption:' || kept.id, jsonb_build_object('redemption', kept.id,
      'shop', g.shop, 'key', p_key, 'good', p_good, 'qty', p_qty, 'points', kept.points, 'value_fen', kept.value_fen,
      'volunteer', p_code, 'tail', p_tail, 'proxy', p_proxy, 'flags', to_jsonb(p_flags), 'offline', p_offline,
      'business_day', p_day, 'occurred_at', p_occurred_at), p_now);
  ELSIF kept.status = 'held' THEN
    PERFORM outbox_publish('RedemptionHeld', 'redemption:' || kept.id, jsonb_build_object('redemption', kept.id, 'shop', g.shop,
      'key', p_key, 'good', p_good, 'qty', p_qty, 'points', kept.points, 'volunteer', p_code, 'reason', kept.reason,
      'expires_at', kept.expires_at), p_now);
  END IF;
END $$;
