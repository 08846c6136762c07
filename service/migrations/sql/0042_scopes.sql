-- The second wall: whose rows a connection may see, kept by the database whatever the application forgets to ask.
--
-- A connection says so itself: aixin.communities is '{1,2}', the communities whose rows come out. '*' is all of
-- them, for workers, commands and migrations. Nothing said is all of them too, because the release before says
-- nothing; the migration after the next release turns this round, and nothing said will be nothing seen.

CREATE FUNCTION scope_communities() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(nullif(current_setting('aixin.communities', true), ''), '*')::bigint[]
$$;  -- NULL: all; asked once a statement, as a sub-select without a row's columns

-- ---------------------------------------------------------------- round the wall, on purpose
-- Whoever shows a code is known in every community: a volunteer of one spends in the shops of the next. And a row
-- that may be seen says whose it is. Both are looked up here by a key; lists are read from the table itself.
CREATE VIEW people_holders AS SELECT * FROM people_volunteers;
GRANT SELECT ON people_holders TO aixin_app;

-- The communities whose rows a person's offices, leadership and wards let out. An association's people and shop
-- owners serve whoever comes: theirs are all of the programme.
CREATE FUNCTION people_reach(p_roles text[], p_volunteer bigint) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE codes text[] := ARRAY(SELECT split_part(r, ' ', 2) FROM unnest(p_roles) AS r);
  trade text[] := ARRAY(SELECT split_part(r, ' ', 2) FROM unnest(p_roles) AS r
                        WHERE split_part(r, ' ', 1) IN ('association_officer', 'shop_owner'));
  found bigint[]; BEGIN
  IF cardinality(codes) > 0 THEN
    found := ARRAY(
      WITH RECURSIVE down AS (
        SELECT id, kind FROM people_units WHERE code = ANY (codes)
        UNION SELECT u.id, u.kind FROM people_units u JOIN down ON u.parent_id = down.id)
      SELECT id FROM down WHERE kind = 'community');
  END IF;
  IF cardinality(trade) > 0 THEN
    found := found || ARRAY(SELECT c.id FROM people_units c WHERE c.kind = 'community' AND c.programme_id IN (
      SELECT programme_id FROM people_units WHERE code = ANY (trade)
      UNION ALL SELECT programme_id FROM shops_associations WHERE code = ANY (trade)
      UNION ALL SELECT programme_id FROM shops WHERE code = ANY (trade)));
  END IF;
  IF p_volunteer IS NOT NULL THEN
    found := found
      || ARRAY(SELECT community_id FROM people_volunteers WHERE id = p_volunteer OR guardian_id = p_volunteer)
      || ARRAY(SELECT DISTINCT community_id FROM activities WHERE leader_id = p_volunteer);
  END IF;
  RETURN ARRAY(SELECT DISTINCT one FROM unnest(found) AS one ORDER BY one)::text;
END $$;

-- What a scan or a sign-up has to know of a person: that one stands elsewhere, or did not come three times.
CREATE VIEW activities_signups_everywhere AS SELECT * FROM activities_signups;
CREATE VIEW activities_attendances_everywhere AS SELECT * FROM activities_attendances;
GRANT SELECT ON activities_signups_everywhere, activities_attendances_everywhere TO aixin_app;

-- What is done in one step counts what lies beyond the reach of whoever does it: who is next in the queue, how much
-- of a good was taken, the day's discounts. With rows missing it would count wrong and tell nobody. It runs as the
-- tables' owner, for whom there is no wall, and is given ids that were looked up behind it.
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace = 'public'::regnamespace AND NOT p.prosecdef AND (
      l.lanname = 'plpgsql' AND p.proname ~ '^(activities|redemptions|reports|settlement|reconciliation|trail|notices)_'
      OR p.proname IN ('people_erase', 'webhooks_may_tell', 'activities_elsewhere', 'activities_team_is_full', 'outbox_programme', 'outbox_publish',
        'trail_unit_of', 'trail_unit_of_actor'))
  LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', f);
  END LOOP;
END $$;

-- ---------------------------------------------------------------- the policies
-- Each row comes out, and goes in, where the second part holds; @ is "one of this connection's communities", # the
-- table. Both sub-selects are without a row's columns and so are asked once a statement, not once a row.
CREATE FUNCTION pg_temp.police(p_table regclass, p_read text, p_write text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text := (SELECT relname FROM pg_class WHERE oid = p_table);
  condition text := '((SELECT scope_communities() IS NULL) OR %s)';
  mine text := '= ANY ((SELECT scope_communities())::bigint[])'; BEGIN
  p_write := format(condition, replace(replace(coalesce(p_write, p_read), '@', mine), '#', name));
  p_read := format(condition, replace(replace(p_read, '@', mine), '#', name));
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY within ON %s TO aixin_app USING (%s) WITH CHECK (%s)', p_table, p_read, p_write);
END $$;

-- A community's own.
SELECT pg_temp.police(t, 'community_id @') FROM unnest(ARRAY[
  'activities_series', 'activities_partners', 'audit_findings', 'certificates_orders', 'certificates_counters',
  'matters_days', 'notices_counters', 'packs', 'reconciliation_batches', 'reconciliation_counts',
  'reconciliation_days', 'reconciliation_exceptions', 'reconciliation_runs', 'reports_days', 'sampling_draws',
  'settlement_days', 'settlement_equations', 'settlement_months', 'settlement_statements', 'wall_links'
]::regclass[]) t;
SELECT pg_temp.police('files', 'community_id IS NULL OR #.community_id @');
-- What was published is everybody's.
SELECT pg_temp.police('notices', '#.status IN (''published'', ''ended'') OR #.community_id @', '#.community_id @');
SELECT pg_temp.police('notices_rows', 'EXISTS (SELECT FROM notices n WHERE n.id = #.notice_id)');

-- A volunteer's, wherever it is kept: also the community's that keeps it.
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM people_holders v WHERE v.id = #.volunteer_id AND v.community_id @)')
FROM unnest(ARRAY['identity.people_identities', 'identity.inbox_addresses', 'identity.privacy_corrections', 'people_erasures',
  'consents', 'activities_rights', 'activities_feeds']::regclass[]) t;
SELECT pg_temp.police(t, '#.community_id @ OR EXISTS (SELECT FROM people_holders v WHERE v.id = #.volunteer_id AND v.community_id @)')
FROM unnest(ARRAY['certificates', 'cases', 'cases_objections', 'records_honours', 'records_stars', 'records_trainings',
  'sampling_calls']::regclass[]) t;
SELECT pg_temp.police('people_volunteers', 'community_id @');
SELECT pg_temp.police('matters', '#.community_id @ OR EXISTS (SELECT FROM people_holders v WHERE v.id = #.raised_volunteer_id AND v.community_id @)');
SELECT pg_temp.police('matters_leads', 'EXISTS (SELECT FROM people_teams t WHERE t.id = #.team_id AND t.community_id @)');

-- What somebody did at an activity is the somebody's community's, and that of the activity.
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM people_holders v WHERE v.id = #.volunteer_id AND v.community_id @)
  OR EXISTS (SELECT FROM activities a WHERE a.id = #.activity_id AND a.community_id @)')
FROM unnest(ARRAY['activities_signups', 'activities_attendances', 'activities_awards', 'activities_scans',
  'activities_paper_lines', 'activities_problems', 'records_evaluations']::regclass[]) t;
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM activities a WHERE a.id = #.activity_id AND a.community_id @)')
FROM unnest(ARRAY['activities_headcounts', 'activities_reopenings', 'activities_undos', 'activities_watches']::regclass[]) t;

-- A shop's, and what it sold to a volunteer also the volunteer's community's.
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM shops s WHERE s.id = #.shop_id AND s.community_id @)')
FROM unnest(ARRAY['redemptions_day_words', 'shops_clerks', 'shops_pledges', 'shops_steps', 'evidence_files',
  'evidence_mappings', 'settlement_signatures']::regclass[]) t;
SELECT pg_temp.police(t, 'EXISTS (SELECT FROM shops s WHERE s.id = #.shop_id AND s.community_id @)
  OR EXISTS (SELECT FROM people_holders v WHERE v.id = #.volunteer_id AND v.community_id @)')
FROM unnest(ARRAY['redemptions', 'redemptions_discounts']::regclass[]) t;
SELECT pg_temp.police('shops_counts', 'EXISTS (SELECT FROM shops_goods g JOIN shops s ON s.id = g.shop_id WHERE g.id = #.good_id AND s.community_id @)');
ALTER VIEW evidence_live_rows SET (security_invoker = true);  -- rows of a file that may not be seen do not stand

-- What hangs on one of these is seen where that is seen.
SELECT pg_temp.police(t::regclass, format('EXISTS (SELECT FROM %s p WHERE p.id = #.%s)', parent, key))
FROM (VALUES
  ('activities_award_reversals', 'activities_awards', 'award_id'), ('cases_evidence', 'cases', 'case_id'),
  ('cases_proposals', 'cases', 'case_id'), ('cases_proposal_items', 'cases', 'case_id'),
  ('certificates_prints', 'certificates_orders', 'order_id'), ('matters_steps', 'matters', 'matter_id'),
  ('matters_photos', 'matters_steps', 'step_id'), ('reconciliation_answers', 'reconciliation_exceptions', 'exception_id'),
  ('reconciliation_batch_runs', 'reconciliation_batches', 'batch_id'), ('reconciliation_matches', 'reconciliation_batches', 'batch_id'),
  ('reconciliation_pool', 'reconciliation_batches', 'batch_id'), ('redemptions_reversals', 'redemptions', 'redemption_id'),
  ('sampling_tries', 'sampling_calls', 'call_id'), ('settlement_reopenings', 'settlement_statements', 'statement_id'),
  ('settlement_statement_signatures', 'settlement_statements', 'statement_id')
) AS hanging (t, parent, key);
