-- The association's house: how a shop comes and goes, what it offers and to whom, what it pledged, what it counted.

ALTER TABLE shops DROP CONSTRAINT ck_shops_status,
  ADD CONSTRAINT ck_shops_status CHECK (status IN ('applied', 'checked', 'admitted', 'suspended', 'left'));
ALTER TABLE shops ALTER COLUMN admitted_at DROP NOT NULL;  -- of one that only applied
ALTER TABLE shops
  ADD COLUMN licence_no text, ADD COLUMN licence_until date, ADD COLUMN food_licence_no text, ADD COLUMN food_licence_until date,
  ADD COLUMN applied_at timestamptz,
  ADD CONSTRAINT ck_shops_admitted_at CHECK (admitted_at IS NOT NULL OR status IN ('applied', 'checked', 'left'));
CREATE INDEX ix_shops_association_id_code ON shops (association_id, code);
CREATE INDEX ix_shops_community_id ON shops (community_id);

-- Every step of a shop's way, with who took it and why.
CREATE TABLE shops_steps (
  id      bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_steps PRIMARY KEY,
  shop_id bigint NOT NULL CONSTRAINT fk_shops_steps_shop_id_shops REFERENCES shops,
  status  text NOT NULL,                     -- where the step led
  reason  text NOT NULL,
  actor   text NOT NULL,
  at      timestamptz NOT NULL
);
CREATE INDEX ix_shops_steps_shop_id ON shops_steps (shop_id, id);

ALTER TABLE shops_goods
  ADD COLUMN person_limit integer CONSTRAINT ck_shops_goods_person_limit CHECK (person_limit > 0),  -- of one person a day; NULL = none
  ADD COLUMN sold_from time, ADD COLUMN sold_to time,     -- of the day in Shanghai; both or neither
  ADD COLUMN first_day date, ADD COLUMN last_day date,    -- both included
  ADD CONSTRAINT ck_shops_goods_sold CHECK ((sold_from IS NULL) = (sold_to IS NULL) AND (sold_from < sold_to) IS NOT FALSE),
  ADD CONSTRAINT ck_shops_goods_days CHECK ((first_day <= last_day) IS NOT FALSE);

-- How many of a limited good one person took on a day. Its writers hold the good's row lock.
CREATE TABLE shops_person_days (
  good_id      bigint NOT NULL CONSTRAINT fk_shops_person_days_good_id_shops_goods REFERENCES shops_goods,
  volunteer_id bigint NOT NULL,
  day          date NOT NULL,
  taken        integer NOT NULL CONSTRAINT ck_shops_person_days_taken CHECK (taken >= 0),
  CONSTRAINT pk_shops_person_days PRIMARY KEY (good_id, volunteer_id, day)
) WITH (fillfactor = 70);

-- What a shop pledged, good by good, and what it took back; each line is a posting in yuan.
CREATE TABLE shops_pledges (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_pledges PRIMARY KEY,
  shop_id      bigint NOT NULL CONSTRAINT fk_shops_pledges_shop_id_shops REFERENCES shops,
  key          text NOT NULL,
  kind         text NOT NULL CONSTRAINT ck_shops_pledges_kind CHECK (kind IN ('sign', 'top_up', 'end')),
  good_id      bigint CONSTRAINT fk_shops_pledges_good_id_shops_goods REFERENCES shops_goods,
  qty          integer,
  fen          bigint NOT NULL CONSTRAINT ck_shops_pledges_fen CHECK (fen > 0),
  document     text NOT NULL,                -- the paper that was signed
  actor        text NOT NULL,
  business_day date NOT NULL,
  at           timestamptz NOT NULL,
  transfer_id  bigint NOT NULL CONSTRAINT fk_shops_pledges_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  CONSTRAINT uq_shops_pledges_shop_id_key UNIQUE (shop_id, key)
);
CREATE INDEX ix_shops_pledges_shop_id ON shops_pledges (shop_id, id);
INSERT INTO shops_pledges (shop_id, key, kind, fen, document, actor, business_day, at, transfer_id)
  SELECT s.id, '1', 'sign', s.pledge_fen, '', t.actor, t.business_day, t.recorded_at, t.id
  FROM shops s JOIN ledger_transfers t ON t.programme_id = s.programme_id AND t.key = 'pledge:' || s.code || ':1';

-- What somebody counted on the shelf, beside what the books said at that moment.
CREATE TABLE shops_counts (
  id       bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_counts PRIMARY KEY,
  good_id  bigint NOT NULL CONSTRAINT fk_shops_counts_good_id_shops_goods REFERENCES shops_goods,
  key      text NOT NULL,
  counted  integer NOT NULL CONSTRAINT ck_shops_counts_counted CHECK (counted >= 0),
  expected integer NOT NULL,
  note     text NOT NULL,
  actor    text NOT NULL,
  at       timestamptz NOT NULL,
  CONSTRAINT uq_shops_counts_good_id_key UNIQUE (good_id, key)
);
CREATE INDEX ix_shops_counts_good_id ON shops_counts (good_id, id);

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['shops_steps', 'shops_pledges', 'shops_counts'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
END $$;

-- Whether a good is given at a moment, by its hours and its days in Shanghai.
CREATE FUNCTION shops_on_sale(g shops_goods, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT ((p_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN coalesce(g.first_day, '-infinity') AND coalesce(g.last_day, 'infinity'))
    AND (g.sold_from IS NULL OR (p_at AT TIME ZONE 'Asia/Shanghai')::time BETWEEN g.sold_from AND g.sold_to)
$$;

-- Count what one person takes on a day; a negative quantity gives it back. The caller holds the good's row.
CREATE FUNCTION shops_take_for(p_good bigint, p_volunteer bigint, p_qty integer, p_day date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO shops_person_days AS d VALUES (p_good, p_volunteer, p_day, greatest(0, p_qty))
  ON CONFLICT (good_id, volunteer_id, day) DO UPDATE SET taken = greatest(0, d.taken + p_qty)
$$;

-- What speaks against it, in the order in which it is told. The caller holds the locks.
CREATE FUNCTION redemptions_objections(p_qty integer, p_cost bigint, p_stock integer, p_limit integer,
  p_taken integer, p_available bigint, p_person_limit integer, p_person_taken integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN p_taken + p_qty > p_limit THEN 'daily_limit' END,
    CASE WHEN p_person_taken + p_qty > p_person_limit THEN 'person_limit' END,
    CASE WHEN p_available < 0 THEN 'blocked_negative' END,
    CASE WHEN p_available < p_cost THEN 'insufficient' END,
    CASE WHEN p_stock < p_qty THEN 'out_of_stock' END], NULL)
$$;

-- As before; a person's own limit counts too, and the flag of an offline sale beyond it is the same.
CREATE OR REPLACE FUNCTION redemptions_breaches(p_asked text[], p_over_card_day boolean, p_twice boolean, p_unverified boolean)
  RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN p_asked && ARRAY['insufficient', 'blocked_negative'] THEN 'offline_overdraft' END,
    CASE WHEN p_over_card_day OR p_asked && ARRAY['daily_limit', 'person_limit'] THEN 'limit_breach' END,
    CASE WHEN 'out_of_stock' = ANY (p_asked) THEN 'oversold' END,
    CASE WHEN 'code_used' = ANY (p_asked) THEN 'code_used' END,
    CASE WHEN p_twice THEN 'possible_duplicate' END,
    CASE WHEN p_unverified THEN 'unverified' END], NULL)
$$;

-- Redeem a good, in one call and one transaction. Locks, always in this order: key, good, accounts by id.
-- Answers the row of the key: captured, refused, waiting (a question is open) or what it was before.
--   p_refusal   what is already known to speak against it (a bad code), or NULL
--   p_verified  the volunteer has confirmed by PIN or phone
--   p_override  the clerk was asked about a possible duplicate and goes on
--   p_rules     the digest of the rule set that the figures are from; other rules in force: nothing is done
--   p_figures   step_up_points, step_up_nth, duplicate_minutes, card_day, wait_seconds
CREATE OR REPLACE FUNCTION redemptions_redeem(p_shop bigint, p_key text, p_hash bytea, p_good text, p_qty integer,
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
                    WHEN kept.status <> 'waiting' OR kept.expires_at <= p_now THEN 'replayed'
                    WHEN p_verified OR p_override AND kept.reason = 'possible_duplicate' THEN NULL ELSE 'replayed' END;
    IF outcome = 'replayed' AND kept.status = 'waiting' AND kept.expires_at <= p_now THEN
      UPDATE redemptions SET status = 'expired', reason = 'expired' WHERE id = kept.id RETURNING * INTO kept;
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

  IF p_refusal IS NULL THEN
    PERFORM ledger_lock(p_programme, ARRAY['volunteer:' || p_code, 'pledge:' || g.shop]);
    SELECT count(*) FILTER (WHERE business_day = p_day) AS redeemed,
           coalesce(sum(points) FILTER (WHERE business_day = p_day AND offline), 0) AS offline_points,
           count(*) FILTER (WHERE good_id = g.id AND occurred_at BETWEEN p_occurred_at - window_ AND p_occurred_at + window_) AS alike
      INTO day FROM redemptions
      WHERE volunteer_id = p_volunteer AND business_day BETWEEN p_day - 1 AND p_day + 1 AND status = 'captured';
    SELECT d.taken INTO taken FROM shops_good_days d WHERE d.good_id = g.id AND d.day = p_day AND g.daily_limit IS NOT NULL;
    SELECT d.taken INTO person_taken FROM shops_person_days d
      WHERE d.good_id = g.id AND d.volunteer_id = p_volunteer AND d.day = p_day AND g.person_limit IS NOT NULL;
    twice := day.alike > 0;
    step_up := NOT p_verified AND (p_via <> 'pass' OR cost > p_figures[1] OR day.redeemed + 1 >= p_figures[2]);
    asked := redemptions_objections(p_qty, cost, g.stock, g.daily_limit, coalesce(taken, 0),
                                    ledger_available(p_programme, 'volunteer:' || p_code, 'PTS'), g.person_limit, coalesce(person_taken, 0));
    IF EXISTS (SELECT FROM passes_uses u WHERE u.pid = p_pid AND u.step = p_step AND u.purpose <> 'redeem:' || g.shop || ':' || p_key) THEN
      asked := array_prepend('code_used', asked);  -- another sale was quicker with the same code
    END IF;
    IF p_offline THEN
      IF NOT g.on_sale THEN p_flags := array_append(p_flags, 'off_hours'); END IF;
      p_flags := p_flags || redemptions_breaches(asked, day.offline_points + cost > p_figures[4], twice, step_up);
    ELSE
      p_refusal := asked[1];
      p_flags := p_flags || CASE WHEN twice AND p_override THEN ARRAY['possible_duplicate'] ELSE '{}' END;
    END IF;
  END IF;

  kept.id := coalesce(kept.id, nextval('redemptions_id_seq'));
  kept.reason := CASE WHEN p_refusal IS NOT NULL THEN p_refusal WHEN p_offline THEN NULL
                      WHEN twice AND NOT p_override THEN 'possible_duplicate' WHEN step_up THEN 'step_up' END;
  kept.status := CASE WHEN p_refusal IS NOT NULL THEN 'refused' WHEN kept.reason IS NOT NULL THEN 'waiting' ELSE 'captured' END;
  IF kept.status = 'captured' THEN
    IF p_pid IS NOT NULL THEN PERFORM passes_claim(p_pid, p_step, 'redeem:' || g.shop || ':' || p_key, p_now); END IF;
    kept.stock_left := shops_take(g.id, p_qty, p_day);
    IF g.person_limit IS NOT NULL THEN PERFORM shops_take_for(g.id, p_volunteer, p_qty, p_day); END IF;
    SELECT p.transfer_id INTO kept.transfer_id FROM ledger_post(p_programme, 'redeem:' || g.shop || ':' || p_key, p_hash, 'redeem',
      ARRAY['volunteer:' || p_code, 'redeemed:' || g.shop, 'pledge:' || g.shop, 'given-goods:' || g.shop],
      ARRAY['PTS', 'PTS', 'CNY', 'CNY'], ARRAY[-cost, cost, -p_qty * g.value_fen, p_qty * g.value_fen],
      p_actor, 'redemption:' || kept.id, p_occurred_at, p_now, p_day, NULL, p_offline, NULL,
      jsonb_build_object('good', g.name, 'qty', p_qty)) p;
  END IF;

  INSERT INTO redemptions AS r (id, shop_id, key, request_hash, status, reason, good_id, qty, points, value_fen, volunteer_id,
    tail, via, pid, step, device_id, actor, proxy, flags, offline, occurred_at, recorded_at, business_day, expires_at, stock_left, transfer_id)
  VALUES (kept.id, p_shop, p_key, p_hash, kept.status, kept.reason, g.id, p_qty, cost, p_qty * g.value_fen, p_volunteer,
    p_tail, p_via, p_pid, p_step, p_device, p_actor, p_proxy, p_flags, p_offline, p_occurred_at, p_now, p_day,
    CASE kept.status WHEN 'waiting' THEN p_now + make_interval(secs => p_figures[5]) END, kept.stock_left, kept.transfer_id)
  ON CONFLICT (shop_id, key) DO UPDATE SET status = excluded.status, reason = excluded.reason, flags = excluded.flags,
    occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, business_day = excluded.business_day,
    expires_at = excluded.expires_at, stock_left = excluded.stock_left, transfer_id = excluded.transfer_id
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
  END IF;
END $$;

GRANT SELECT, INSERT ON shops_steps, shops_pledges, shops_counts TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON shops_person_days TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
