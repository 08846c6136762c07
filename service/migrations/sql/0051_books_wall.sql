-- The second wall around the books, the trail, the inboxes and drafts: see 0042 for how a connection says its reach.

-- ---------------------------------------------------------------- whose an account is
-- The books know no volunteer and no shop, and need not: an account stands in a place, which says who reads it.
-- NULL is the programme's own (issued, expired), or a wallet of nobody that is known, which nobody reads.
ALTER TABLE ledger_accounts ADD COLUMN place_id bigint;
CREATE FUNCTION ledger_place_of(p_programme integer, p_address text, p_by_lots boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_by_lots
    THEN (SELECT v.community_id FROM people_volunteers v WHERE v.programme_id = p_programme
          AND p_address = 'volunteer:' || v.code AND v.code = split_part(p_address, ':', 2))
    ELSE (SELECT s.community_id FROM shops s WHERE s.programme_id = p_programme AND s.code = split_part(p_address, ':', 2)) END
$$;
CREATE FUNCTION ledger_place_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.place_id := ledger_place_of(NEW.programme_id, NEW.address, NEW.by_lots);
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_place_of, ledger_place_account FROM PUBLIC;
CREATE TRIGGER placed BEFORE INSERT ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_place_account();
-- Who moves takes the account along.
CREATE FUNCTION places_follow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN
  UPDATE ledger_accounts a SET place_id = NEW.community_id
    WHERE a.programme_id = NEW.programme_id AND split_part(a.address, ':', 2) = NEW.code
      AND a.by_lots = (TG_TABLE_NAME = 'people_volunteers');
  RETURN NULL;
END $$;
CREATE TRIGGER moved AFTER UPDATE OF community_id, code ON people_volunteers FOR EACH ROW
  WHEN ((OLD.community_id, OLD.code) IS DISTINCT FROM (NEW.community_id, NEW.code)) EXECUTE FUNCTION places_follow();
CREATE TRIGGER moved AFTER UPDATE OF community_id, code ON shops FOR EACH ROW
  WHEN ((OLD.community_id, OLD.code) IS DISTINCT FROM (NEW.community_id, NEW.code)) EXECUTE FUNCTION places_follow();
UPDATE ledger_accounts SET place_id = ledger_place_of(programme_id, address, by_lots);

-- ---------------------------------------------------------------- round the wall, on purpose
-- What a leg's account is called, without what lies in it; which accounts a transfer moves, without how much.
CREATE VIEW ledger_places AS SELECT id, programme_id, address, unit, by_lots, place_id FROM ledger_accounts;
CREATE VIEW ledger_legs AS SELECT transfer_id, account_id FROM ledger_entries
  UNION ALL SELECT transfer_id, account_id FROM ledger_hold_legs;
GRANT SELECT ON ledger_places, ledger_legs TO aixin_app;
-- Sums of the whole programme, which the equation of each community stands on: service.scope.everywhere reads these.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['ledger_accounts', 'ledger_entries', 'ledger_lots', 'ledger_transfers', 'reports_days'] LOOP
    EXECUTE format('CREATE VIEW %s_everywhere AS SELECT * FROM %s', t, t);
    EXECUTE format('GRANT SELECT ON %s_everywhere TO aixin_app', t);
  END LOOP;
  EXECUTE format('CREATE VIEW reports_moves_everywhere AS %s', pg_get_viewdef('reports_moves'::regclass));
END $$;
GRANT SELECT ON reports_moves_everywhere TO aixin_app;
ALTER VIEW reports_moves SET (security_invoker = true);

-- What is posted goes through functions that act as the tables' owner since 0007. A balance is asked for by a key.
ALTER FUNCTION ledger_balance SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION ledger_balance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_balance TO aixin_app;

-- ---------------------------------------------------------------- the policies
-- As in 0042, but with LIMIT 1 instead of EXISTS: asked row by row, a planner that knows a young table does not prefer to
-- read all of another. With a second part, what is read and what is written, changed and removed differ.
CREATE OR REPLACE FUNCTION pg_temp.police(p_table regclass, p_read text, p_write text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text := (SELECT relname FROM pg_class WHERE oid = p_table);
  condition text := '((SELECT scope_communities() IS NULL) OR %s)';
  mine text := '= ANY ((SELECT scope_communities())::bigint[])'; BEGIN
  p_read := format(condition, replace(replace(p_read, '@', mine), '#', name));
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('DROP POLICY IF EXISTS within ON %s', p_table);
  IF p_write IS NULL THEN
    EXECUTE format('CREATE POLICY within ON %s TO aixin_app USING (%s) WITH CHECK (%s)', p_table, p_read, p_read);
  ELSE
    p_write := format(condition, replace(replace(p_write, '@', mine), '#', name));
    EXECUTE format('CREATE POLICY within ON %s FOR SELECT TO aixin_app USING (%s)', p_table, p_read);
    EXECUTE format('CREATE POLICY put_in ON %s FOR INSERT TO aixin_app WITH CHECK (%s)', p_table, p_write);
    EXECUTE format('CREATE POLICY changed ON %s FOR UPDATE TO aixin_app USING (%s) WITH CHECK (%s)', p_table, p_write, p_write);
    EXECUTE format('CREATE POLICY removed ON %s FOR DELETE TO aixin_app USING (%s)', p_table, p_write);
  END IF;
END $$;

SELECT pg_temp.police('ledger_accounts', '#.place_id @ OR #.place_id IS NULL AND NOT #.by_lots');
-- Where a wallet moved, its community reads it; else whose shop it is. What a release sets free its hold had taken.
SELECT pg_temp.police('ledger_transfers', '(SELECT true FROM ledger_legs l JOIN ledger_places p ON p.id = l.account_id
    WHERE l.transfer_id = CASE #.kind WHEN ''release'' THEN #.pending_id ELSE #.id END AND p.by_lots AND p.place_id @ LIMIT 1)
  OR (SELECT true FROM ledger_legs l JOIN ledger_places p ON p.id = l.account_id
    WHERE l.transfer_id = CASE #.kind WHEN ''release'' THEN #.pending_id ELSE #.id END AND (p.by_lots OR NOT p.place_id @) LIMIT 1) IS NULL');
-- The other side of what moved in a wallet is read with it: the points went to that shop.
SELECT pg_temp.police(t, '(SELECT true FROM ledger_accounts a WHERE a.id = #.account_id LIMIT 1)
  OR (SELECT true FROM ledger_places p JOIN ledger_transfers t ON t.id = #.transfer_id WHERE p.id = #.account_id AND NOT p.by_lots LIMIT 1)')
FROM unnest(ARRAY['ledger_entries', 'ledger_hold_legs']::regclass[]) t;
SELECT pg_temp.police(t, '(SELECT true FROM ledger_accounts a WHERE a.id = #.account_id LIMIT 1)')
FROM unnest(ARRAY['ledger_lots', 'ledger_lot_moves']::regclass[]) t;
SELECT pg_temp.police('ledger_holds', '(SELECT true FROM ledger_transfers t WHERE t.id = #.transfer_id LIMIT 1)');

-- A sub-district's own lines are read by whoever reads all of its communities; the house's own by its console.
SELECT pg_temp.police('trail_records', '#.unit_id @ OR #.unit_id IN (SELECT u.parent_id FROM people_units u
  WHERE u.kind = ''community'' GROUP BY u.parent_id HAVING bool_and(u.id @))', 'true');

-- What is planned is the desk's until it is announced.
SELECT pg_temp.police('activities', '#.community_id @ OR #.status <> ''draft''', '#.community_id @');
SELECT pg_temp.police(t, '(SELECT true FROM activities a WHERE a.id = #.activity_id LIMIT 1)',
  '(SELECT true FROM activities a WHERE a.id = #.activity_id AND a.community_id @ LIMIT 1)')
FROM unnest(ARRAY['activities_posts', 'activities_outcomes', 'activities_partnerships']::regclass[]) t;

-- So is a notice; 0042 let whoever reads one change it, too.
SELECT pg_temp.police('notices', '#.community_id @ OR #.status IN (''published'', ''ended'')', '#.community_id @');
SELECT pg_temp.police('notices_rows', 'EXISTS (SELECT FROM notices n WHERE n.id = #.notice_id)',
  'EXISTS (SELECT FROM notices n WHERE n.id = #.notice_id AND n.community_id @)');

-- A volunteer is told by whoever acts, and hears it at home: one step writes the message, and its copies on the ways
-- that its reader agreed to.
CREATE FUNCTION inbox_tell(p_volunteers bigint[], p_key text, p_kind text, p_params jsonb, p_link text, p_topic text, p_now timestamptz)
  RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE told bigint[]; BEGIN
  WITH put AS (
    INSERT INTO inbox_messages (volunteer_id, key, kind, params, link, at)
    SELECT one, p_key, p_kind, p_params, p_link, p_now FROM (SELECT DISTINCT one FROM unnest(p_volunteers) one ORDER BY one) v
    ON CONFLICT DO NOTHING RETURNING id)
  SELECT coalesce(array_agg(id), '{}') INTO told FROM put;
  INSERT INTO inbox_deliveries (message_id, address_id, channel, status, due_at, asked_at)
  SELECT m.id, a.id, a.channel, 'waiting', p_now, p_now
  FROM inbox_messages m JOIN identity.inbox_addresses a ON a.volunteer_id = m.volunteer_id
  WHERE m.id = ANY (told) AND a.confirmed_at IS NOT NULL AND a.ended_at IS NULL
    AND NOT EXISTS (SELECT FROM inbox_mutes u WHERE u.volunteer_id = a.volunteer_id AND u.channel = a.channel AND u.topic = p_topic)
  ON CONFLICT DO NOTHING;
  RETURN cardinality(told);
END $$;
GRANT EXECUTE ON FUNCTION inbox_tell TO aixin_app;
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM people_holders v WHERE v.id = #.volunteer_id AND v.community_id @)')
FROM unnest(ARRAY['inbox_messages', 'inbox_mutes']::regclass[]) t;
SELECT pg_temp.police('inbox_deliveries', '(SELECT true FROM identity.inbox_addresses a WHERE a.id = #.address_id LIMIT 1)');
DROP FUNCTION pg_temp.police;
