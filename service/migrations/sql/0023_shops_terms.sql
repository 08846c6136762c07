-- Terms of discount by the day from which they hold, bills of which a part is left out, pictures of goods,
-- and who founds an association.

-- What a shop gives off from a day on, until other terms begin. Of two for the same day the later written holds.
CREATE TABLE shops_terms (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_shops_terms PRIMARY KEY,
  shop_id      bigint NOT NULL CONSTRAINT fk_shops_terms_shop_id_shops REFERENCES shops,
  key          text NOT NULL,                -- of the form
  from_day     date NOT NULL,                -- the first business day
  max_pct      integer NOT NULL CONSTRAINT ck_shops_terms_max_pct CHECK (max_pct BETWEEN 0 AND 100),
  bill_cap_fen bigint NOT NULL CONSTRAINT ck_shops_terms_bill_cap_fen CHECK (bill_cap_fen >= 0),
  excluded     text[] NOT NULL,              -- kinds of goods of which nothing comes off
  document     text NOT NULL,                -- the paper that was signed
  actor        text NOT NULL,
  at           timestamptz NOT NULL,
  CONSTRAINT uq_shops_terms_shop_id_key UNIQUE (shop_id, key)
);
CREATE INDEX ix_shops_terms_shop_id_from_day ON shops_terms (shop_id, from_day, id);

-- A shop's first terms hold from the first day of its books: its admission, or a pledge or discount before it.
INSERT INTO shops_terms (shop_id, key, from_day, max_pct, bill_cap_fen, excluded, document, actor, at)
  SELECT s.id, 'admit', least((s.admitted_at AT TIME ZONE 'Asia/Shanghai')::date,
      (SELECT min(p.business_day) FROM shops_pledges p WHERE p.shop_id = s.id),
      (SELECT min(d.business_day) FROM redemptions_discounts d WHERE d.shop_id = s.id)),
    s.discount_max_pct, s.discount_bill_cap_fen, '{}', '', 'system', s.admitted_at
  FROM shops s WHERE s.admitted_at IS NOT NULL;
-- The release before reads the two columns while this one starts: a later migration drops them. To it, a new shop gives nothing off.
ALTER TABLE shops ALTER COLUMN discount_max_pct SET DEFAULT 0, ALTER COLUMN discount_bill_cap_fen SET DEFAULT 0;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shops_terms FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON shops_terms FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

ALTER TABLE redemptions_discounts
  ADD COLUMN excluded_fen bigint NOT NULL DEFAULT 0,  -- of the bill; nothing comes off it
  ADD CONSTRAINT ck_redemptions_discounts_excluded_fen CHECK (excluded_fen BETWEEN 0 AND bill_fen);

ALTER TABLE shops_goods ADD COLUMN picture text CONSTRAINT fk_shops_goods_picture_files REFERENCES files (code);

ALTER TABLE people_roles DROP CONSTRAINT ck_people_roles_role, ADD CONSTRAINT ck_people_roles_role CHECK (role IN
  ('community_secretary', 'volunteer_admin', 'second_approver', 'association_officer', 'subdistrict_auditor', 'shop_owner',
   'grid_worker', 'administrator'));

-- An association's office counts in the association: in a community there may be several.
INSERT INTO people_roles (staff_id, role, scope_code)
  SELECT r.staff_id, r.role, a.code FROM people_roles r
    JOIN people_units u ON u.code = r.scope_code AND u.kind = 'community'
    JOIN shops_associations a ON a.programme_id = u.programme_id
  WHERE r.role = 'association_officer' ON CONFLICT DO NOTHING;
DELETE FROM people_roles r USING people_units u
  WHERE r.role = 'association_officer' AND u.code = r.scope_code AND u.kind = 'community'
    AND EXISTS (SELECT FROM shops_associations a WHERE a.programme_id = u.programme_id);
CREATE INDEX ix_people_roles_scope_code ON people_roles (scope_code, role);
CREATE INDEX ix_shops_associations_programme_id_code ON shops_associations (programme_id, code);

GRANT SELECT, INSERT ON shops_terms TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
