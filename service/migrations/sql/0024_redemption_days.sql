-- What a shop says of its day at closing time: the figures that its screen showed, and whether its own count agrees.
-- It may speak again; the last word counts, the earlier ones stay.

CREATE TABLE redemptions_day_words (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_redemptions_day_words PRIMARY KEY,
  shop_id      bigint NOT NULL CONSTRAINT fk_redemptions_day_words_shop_id_shops REFERENCES shops,
  key          text NOT NULL,
  business_day date NOT NULL,
  redemptions  integer NOT NULL CONSTRAINT ck_redemptions_day_words_redemptions CHECK (redemptions >= 0),
  points       bigint NOT NULL,
  discounts    integer NOT NULL CONSTRAINT ck_redemptions_day_words_discounts CHECK (discounts >= 0),
  discount_fen bigint NOT NULL,
  agrees       boolean NOT NULL,
  counted      integer,                      -- how many the shop counted, where it does not agree
  actor        text NOT NULL,
  device_id    bigint,
  at           timestamptz NOT NULL,
  CONSTRAINT uq_redemptions_day_words_shop_id_key UNIQUE (shop_id, key),
  CONSTRAINT ck_redemptions_day_words_counted CHECK ((counted IS NULL) = agrees AND (counted >= 0) IS NOT FALSE)
);
CREATE INDEX ix_redemptions_day_words_shop_id_business_day ON redemptions_day_words (shop_id, business_day, id);

GRANT SELECT, INSERT ON redemptions_day_words TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
