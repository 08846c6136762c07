-- What the volunteer does on the own phone: a shop's ticket confirmed there, a good chosen there.

-- A ticket fixes shop, good, quantity and points for some minutes; the redemption of the same shop and key says what
-- became of it. The id in its code is made of the salt with the server's secret; the table keeps a hash of it alone.
CREATE TABLE redemptions_tickets (
  digest     bytea NOT NULL CONSTRAINT pk_redemptions_tickets PRIMARY KEY,
  salt       bytea NOT NULL,
  shop_id    bigint NOT NULL CONSTRAINT fk_redemptions_tickets_shop_id_shops REFERENCES shops,
  key        text NOT NULL,
  good_id    bigint NOT NULL CONSTRAINT fk_redemptions_tickets_good_id_shops_goods REFERENCES shops_goods,
  qty        integer NOT NULL CONSTRAINT ck_redemptions_tickets_qty CHECK (qty > 0),
  points     bigint NOT NULL,
  device_id  bigint,
  actor      text NOT NULL,
  made_at    timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT uq_redemptions_tickets_shop_id_key UNIQUE (shop_id, key)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON redemptions_tickets FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON redemptions_tickets FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- What points buy is listed for a programme's volunteers on every phone.
CREATE INDEX ix_shops_programme_id ON shops (programme_id);

GRANT SELECT, INSERT ON redemptions_tickets TO aixin_app;
