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
