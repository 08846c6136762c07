-- Redemptions that hold: while only the volunteer's own word is open, the points, the goods and the limits are set
-- aside for it. And reversals of some of the pieces.

ALTER TABLE redemptions
  ADD COLUMN hold_id bigint CONSTRAINT fk_redemptions_hold_id_ledger_transfers REFERENCES ledger_transfers,
  ADD COLUMN returned_qty integer NOT NULL DEFAULT 0,  -- pieces that came back by reversals
  DROP CONSTRAINT ck_redemptions_status, DROP CONSTRAINT ck_redemptions_posted, DROP CONSTRAINT ck_redemptions_waits,
  DROP CONSTRAINT ck_redemptions_via;
UPDATE redemptions SET returned_qty = qty WHERE status = 'reversed';
ALTER TABLE redemptions
  ADD CONSTRAINT ck_redemptions_status CHECK
    (status IN ('waiting', 'held', 'captured', 'refused', 'expired', 'voided', 'partly_reversed', 'reversed')),
  ADD CONSTRAINT ck_redemptions_posted CHECK ((transfer_id IS NOT NULL) = (status IN ('captured', 'partly_reversed', 'reversed')
    OR status = 'voided' AND undo_transfer_id IS NOT NULL)),
  ADD CONSTRAINT ck_redemptions_waits CHECK (status NOT IN ('waiting', 'held') OR expires_at IS NOT NULL),
  ADD CONSTRAINT ck_redemptions_holds CHECK (status <> 'held' OR hold_id IS NOT NULL),
  ADD CONSTRAINT ck_redemptions_returned CHECK (CASE status WHEN 'reversed' THEN returned_qty = qty
    WHEN 'partly_reversed' THEN returned_qty BETWEEN 1 AND qty - 1 ELSE returned_qty = 0 END),
  ADD CONSTRAINT ck_redemptions_via CHECK (via IN ('pass', 'booklet', 'number', 'phone', 'unknown'));
DROP INDEX ix_redemptions_expires_at;
CREATE INDEX ix_redemptions_expires_at ON redemptions (expires_at) WHERE status IN ('waiting', 'held');

-- The table of the package's front page, once more where no code can pass it by.
CREATE FUNCTION redemptions_refuse_arrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'a redemption does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'RD001';
END $$;
CREATE TRIGGER only_known_arrows BEFORE UPDATE OF status ON redemptions FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
    ('waiting', 'held'), ('waiting', 'captured'), ('waiting', 'refused'), ('waiting', 'expired'), ('waiting', 'voided'),
    ('held', 'captured'), ('held', 'refused'), ('held', 'expired'), ('held', 'voided'),
    ('captured', 'voided'), ('captured', 'partly_reversed'), ('captured', 'reversed'), ('partly_reversed', 'reversed')))
  EXECUTE FUNCTION redemptions_refuse_arrow();

-- A sale may be reversed piece by piece: each time one proposes and another answers.
ALTER TABLE redemptions_reversals
  DROP CONSTRAINT pk_redemptions_reversals,
  ADD COLUMN nth integer NOT NULL DEFAULT 1,
  ADD COLUMN key text,                       -- of the form that proposed it
  ADD COLUMN qty integer,
  ADD COLUMN declined_by text, ADD COLUMN declined_at timestamptz,
  ADD COLUMN transfer_id bigint CONSTRAINT fk_redemptions_reversals_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  ADD CONSTRAINT pk_redemptions_reversals PRIMARY KEY (redemption_id, nth),
  ADD CONSTRAINT uq_redemptions_reversals_redemption_id_key UNIQUE (redemption_id, key),
  ADD CONSTRAINT ck_redemptions_reversals_qty CHECK (qty > 0),
  ADD CONSTRAINT ck_redemptions_reversals_one_answer CHECK (approved_at IS NULL OR declined_at IS NULL);
UPDATE redemptions_reversals v SET qty = r.qty, transfer_id = r.undo_transfer_id FROM redemptions r WHERE r.id = v.redemption_id;
ALTER TABLE redemptions_reversals ALTER COLUMN qty SET NOT NULL;

-- The release before, while this one starts, reverses whole sales and says nothing of pieces. A later migration drops this.
CREATE FUNCTION redemptions_reverse_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_TABLE_NAME = 'redemptions' THEN
    NEW.returned_qty := NEW.qty;
  ELSE
    NEW.qty := (SELECT r.qty FROM redemptions r WHERE r.id = NEW.redemption_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reversed_whole BEFORE UPDATE OF status ON redemptions FOR EACH ROW
  WHEN (OLD.status = 'captured' AND NEW.status = 'reversed') EXECUTE FUNCTION redemptions_reverse_whole();
CREATE TRIGGER proposed_whole BEFORE INSERT ON redemptions_reversals FOR EACH ROW
  WHEN (NEW.qty IS NULL) EXECUTE FUNCTION redemptions_reverse_whole();
CREATE UNIQUE INDEX uq_redemptions_reversals_open ON redemptions_reversals (redemption_id)
  WHERE approved_at IS NULL AND declined_at IS NULL;

-- Put goods back on the shelf and out of the day's counts, the shop's and the person's. Locks the shop's row, then the good's.
-- A shop that left was given its whole pledge back: what comes back later is its own and stands on no shelf of ours.
CREATE FUNCTION shops_put_back(p_good bigint, p_volunteer bigint, p_qty integer, p_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE stock_left integer; shop text; BEGIN
  SELECT status INTO shop FROM shops WHERE id = (SELECT shop_id FROM shops_goods WHERE id = p_good) FOR SHARE;
  UPDATE shops_goods SET stock = stock + CASE shop WHEN 'left' THEN 0 ELSE p_qty END WHERE id = p_good RETURNING stock INTO stock_left;
  UPDATE shops_good_days SET taken = greatest(0, taken - p_qty) WHERE good_id = p_good AND day = p_day;
  UPDATE shops_person_days SET taken = greatest(0, taken - p_qty) WHERE good_id = p_good AND volunteer_id = p_volunteer AND day = p_day;
  RETURN stock_left;
END $$;

-- A good without a limit is not counted. The day it gets one, what was taken since yesterday counts under it; the good's
-- row is locked by then, so that no sale comes in between.
CREATE FUNCTION redemptions_count_taken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE since date := (SELECT max(business_day) - 1 FROM redemptions WHERE shop_id = NEW.shop_id); BEGIN
  IF NEW.daily_limit IS NOT NULL THEN
    INSERT INTO shops_good_days AS d SELECT NEW.id, business_day, sum(qty - returned_qty) FROM redemptions
      WHERE shop_id = NEW.shop_id AND business_day >= since AND good_id = NEW.id AND status IN ('held', 'captured', 'partly_reversed')
      GROUP BY business_day
    ON CONFLICT (good_id, day) DO UPDATE SET taken = excluded.taken;
  END IF;
  IF NEW.person_limit IS NOT NULL THEN
    INSERT INTO shops_person_days AS d SELECT NEW.id, volunteer_id, business_day, sum(qty - returned_qty) FROM redemptions
      WHERE shop_id = NEW.shop_id AND business_day >= since AND good_id = NEW.id AND status IN ('held', 'captured', 'partly_reversed')
      GROUP BY volunteer_id, business_day
    ON CONFLICT (good_id, volunteer_id, day) DO UPDATE SET taken = excluded.taken;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_taken AFTER UPDATE OF daily_limit, person_limit ON shops_goods FOR EACH ROW
  WHEN (OLD.daily_limit IS NULL AND NEW.daily_limit IS NOT NULL OR OLD.person_limit IS NULL AND NEW.person_limit IS NOT NULL)
  EXECUTE FUNCTION redemptions_count_taken();

-- End what was not captured; what it held is free again. The caller holds the key or the row.
-- The release has the key of the ledger's own sweep: whichever comes second adds nothing.
CREATE FUNCTION redemptions_let_go(INOUT kept redemptions, p_status text, p_reason text, p_actor text, p_now timestamptz) LANGUAGE plpgsql AS $$
DECLARE f record; release text := 'release:' || kept.hold_id; BEGIN
  IF kept.status = 'held' THEN
    SELECT s.code, s.programme_id INTO f FROM shops s WHERE s.id = kept.shop_id;
    PERFORM shops_put_back(kept.good_id, kept.volunteer_id, kept.qty, kept.business_day);
    PERFORM ledger_release(f.programme_id, release, sha256(convert_to(release, 'UTF8')), kept.hold_id, false, p_actor,
      'redemption:' || kept.id, p_now, p_now, (p_now AT TIME ZONE 'Asia/Shanghai')::date, NULL);
    DELETE FROM passes_uses WHERE pid = kept.pid AND step = kept.step AND purpose = 'redeem:' || f.code || ':' || kept.key;
    PERFORM outbox_publish(CASE p_status WHEN 'expired' THEN 'RedemptionExpired' ELSE 'RedemptionVoided' END, 'redemption:' || kept.id,
      jsonb_build_object('redemption', kept.id, 'shop', f.code, 'key', kept.key, 'points', kept.points, 'reason', p_reason), p_now);
  END IF;
  UPDATE redemptions SET status = p_status, reason = p_reason, undone_by = p_actor, undone_at = p_now
    WHERE id = kept.id RETURNING * INTO kept;
END $$;

-- Post what is held: the goods leave now, and it counts today. The caller holds the key or the row.
CREATE FUNCTION redemptions_capture(INOUT kept redemptions, p_actor text, p_now timestamptz, p_day date) LANGUAGE plpgsql
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
      jsonb_build_object('good', f.name, 'qty', kept.qty)) c;
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

-- Expire one that waited or held too long; the oldest first, and none that somebody is dealing with. One a transaction:
-- who held the goods and wallets of several would stand in the way of sales, or in a circle with them.
CREATE FUNCTION redemptions_expire_one(p_now timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE kept redemptions; BEGIN
  SELECT * INTO kept FROM redemptions WHERE status IN ('waiting', 'held') AND expires_at <= p_now
    ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF kept.id IS NULL THEN RETURN false; END IF;
  PERFORM redemptions_let_go(kept, 'expired', 'expired', 'system', p_now);
  RETURN true;
END $$;

-- Redeem a good, in one call and one transaction. Locks, always in this order: key, good, accounts by id.
-- Answers the row of the key: captured, refused, waiting (the clerk is asked), held (the volunteer is) or what it was before.
--   p_refusal   what is already known to speak against it (a bad code), or NULL
--   p_verified  the volunteer has confirmed by PIN or phone: what is held is captured
--   p_via       `phone`: chosen there; unless verified it is held until its code is shown at the till
--   p_override  the clerk was asked about a possible duplicate and goes on
--   p_rules     the digest of the rule set that the figures are from; other rules in force: nothing is done
--   p_figures   step_up_points, step_up_nth, duplicate_minutes, card_day, wait_seconds
-- The release before calls redemptions_redeem, and would take what is held for handed over: that one stays as it is until
-- a later migration drops it.
CREATE FUNCTION redemptions_sell(p_shop bigint, p_key text, p_hash bytea, p_good text, p_qty integer,
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
    step_up := NOT p_verified AND (p_proxy IS NOT NULL OR p_via <> 'pass' OR cost > p_figures[1] OR day.redeemed + 1 >= p_figures[2]);
    asked := redemptions_objections(p_qty, cost, g.stock, g.daily_limit, coalesce(taken, 0),
                                    ledger_available(p_programme, 'volunteer:' || p_code, 'PTS'), g.person_limit, coalesce(person_taken, 0));
    IF EXISTS (SELECT FROM passes_uses u WHERE u.pid = p_pid AND u.step = p_step AND u.purpose <> 'redeem:' || g.shop || ':' || p_key) THEN
      asked := array_prepend('code_used', asked);  -- another sale was quicker with the same code
    END IF;
    IF day.serving THEN p_flags := array_append(p_flags, 'serving'); END IF;
    IF p_proxy IS NOT NULL THEN p_flags := array_append(p_flags, 'proxy'); END IF;
    IF p_offline THEN
      IF g.status <> 'admitted' THEN p_flags := array_append(p_flags, 'shop_suspended'); END IF;
      IF NOT g.active THEN p_flags := array_append(p_flags, 'not_offered'); END IF;
      IF NOT g.on_sale THEN p_flags := array_append(p_flags, 'off_hours'); END IF;
      p_flags := p_flags || redemptions_breaches(asked, day.offline_points + cost > p_figures[4], twice, step_up);
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
      jsonb_build_object('good', g.name, 'qty', p_qty)) p;
  ELSIF kept.status = 'held' THEN
    SELECT h.transfer_id INTO kept.hold_id FROM ledger_hold(p_programme, 'hold:' || g.shop || ':' || p_key, p_hash,
      ARRAY['volunteer:' || p_code, 'redeemed:' || g.shop, 'pledge:' || g.shop, 'given-goods:' || g.shop],
      ARRAY['PTS', 'PTS', 'CNY', 'CNY'], ARRAY[-cost, cost, -p_qty * g.value_fen, p_qty * g.value_fen],
      p_actor, 'redemption:' || kept.id, p_occurred_at, p_now, p_day, kept.expires_at,
      jsonb_build_object('good', g.name, 'qty', p_qty)) h;
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
