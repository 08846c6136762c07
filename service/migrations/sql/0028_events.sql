-- What becomes of events that a consumer cannot deal with, and partners who are told of events over the web.

-- A consumer that failed on an event. While such a row stands open, later events of the same subject wait for
-- that consumer, so that the order within a subject holds; all other subjects go on.
CREATE TABLE outbox_failures (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox_failures PRIMARY KEY,
  event_id     bigint NOT NULL CONSTRAINT fk_outbox_failures_event_id_outbox_events REFERENCES outbox_events,
  consumer     text NOT NULL,
  subject      text NOT NULL,
  programme_id integer,                     -- whose administrator sees it; NULL: of no programme
  status       text NOT NULL CONSTRAINT ck_outbox_failures_status CHECK (status IN ('retrying', 'dead', 'done', 'skipped')),
  attempts     integer NOT NULL CONSTRAINT ck_outbox_failures_attempts CHECK (attempts >= 0),
  error        text NOT NULL,
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  next_at      timestamptz,                 -- when somebody is to look at it again; NULL: nobody
  decided_by   text,                        -- who had it tried again, or left it out
  note         text NOT NULL DEFAULT '',
  CONSTRAINT uq_outbox_failures_event_id_consumer UNIQUE (event_id, consumer)
);
CREATE INDEX ix_outbox_failures_open ON outbox_failures (consumer, subject, event_id) WHERE status IN ('retrying', 'dead');
CREATE INDEX ix_outbox_failures_due ON outbox_failures (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX ix_outbox_failures_status ON outbox_failures (status, id);

-- The programme that an event belongs to, as far as its subject or its payload says; NULL: none.
CREATE FUNCTION outbox_programme(p_subject text, p_payload jsonb) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    CASE
      WHEN p_subject ~ '^reconciliation:\d{1,18}$' THEN
        (SELECT u.programme_id FROM people_units u WHERE u.id = split_part(p_subject, ':', 2)::bigint)
      WHEN p_subject ~ '^redemption:\d{1,18}$' THEN
        (SELECT s.programme_id FROM redemptions r JOIN shops s ON s.id = r.shop_id
         WHERE r.id = split_part(p_subject, ':', 2)::bigint)
      WHEN p_subject LIKE 'volunteer:%' THEN
        (SELECT v.programme_id FROM people_volunteers v WHERE v.code = substr(p_subject, 11))
      WHEN p_subject LIKE 'lot:volunteer:%' THEN
        (SELECT v.programme_id FROM people_volunteers v WHERE v.code = split_part(p_subject, ':', 3))
      WHEN p_subject LIKE 'shop:%' THEN (SELECT s.programme_id FROM shops s WHERE s.code = substr(p_subject, 6))
      WHEN p_subject LIKE 'month:%' THEN (SELECT p.id FROM programmes p WHERE p.code = split_part(p_subject, ':', 2))
    END,
    (SELECT v.programme_id FROM people_volunteers v WHERE v.code = p_payload->>'volunteer'),
    (SELECT s.programme_id FROM shops s WHERE s.code = p_payload->>'shop'),
    (SELECT a.programme_id FROM activities a WHERE a.code = p_payload->>'activity'),
    (SELECT u.programme_id FROM people_units u WHERE u.code = p_payload->>'community'))
$$;

-- A partner's address. The secret is worked out from the application's key, the salt and the generation: it is not here.
CREATE TABLE webhooks_endpoints (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_webhooks_endpoints PRIMARY KEY,
  programme_id   integer NOT NULL CONSTRAINT fk_webhooks_endpoints_programme_id_programmes REFERENCES programmes,
  title          text NOT NULL,
  url            text NOT NULL,
  types          text[] NOT NULL CONSTRAINT ck_webhooks_endpoints_types CHECK (cardinality(types) > 0),
  salt           bytea NOT NULL,
  generation     integer NOT NULL DEFAULT 1,
  previous_until timestamptz,               -- until then what is sent carries the last secret's signature too
  status         text NOT NULL CONSTRAINT ck_webhooks_endpoints_status CHECK (status IN ('enabled', 'disabled')),
  reason         text NOT NULL DEFAULT '' CONSTRAINT ck_webhooks_endpoints_reason CHECK (reason IN ('', 'by_hand', 'failing', 'gone')),
  disabled_at    timestamptz,
  failures       integer NOT NULL DEFAULT 0,  -- one after the other, since the last that arrived
  failing_since  timestamptz,
  paused_until   timestamptz,
  made_by        text NOT NULL,
  made_at        timestamptz NOT NULL,
  CONSTRAINT uq_webhooks_endpoints_programme_id_url UNIQUE (programme_id, url)
);

-- One event for one partner.
CREATE TABLE webhooks_deliveries (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_webhooks_deliveries PRIMARY KEY,
  endpoint_id  bigint NOT NULL CONSTRAINT fk_webhooks_deliveries_endpoint_id_webhooks_endpoints REFERENCES webhooks_endpoints,
  event_id     bigint NOT NULL CONSTRAINT fk_webhooks_deliveries_event_id_outbox_events REFERENCES outbox_events,
  type         text NOT NULL,
  subject      text NOT NULL,
  status       text NOT NULL CONSTRAINT ck_webhooks_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts     integer NOT NULL DEFAULT 0,  -- since it was last asked for
  next_at      timestamptz NOT NULL,
  leased_until timestamptz,                 -- somebody is sending it; after that, whoever comes
  made_at      timestamptz NOT NULL,
  done_at      timestamptz,
  CONSTRAINT uq_webhooks_deliveries_endpoint_id_event_id UNIQUE (endpoint_id, event_id)
);
CREATE INDEX ix_webhooks_deliveries_pending ON webhooks_deliveries (endpoint_id, subject, event_id) WHERE status = 'pending';
CREATE INDEX ix_webhooks_deliveries_due ON webhooks_deliveries (endpoint_id, next_at, event_id) WHERE status = 'pending';
CREATE INDEX ix_webhooks_deliveries_status ON webhooks_deliveries (endpoint_id, status, id);
CREATE INDEX ix_webhooks_deliveries_endpoint_id ON webhooks_deliveries (endpoint_id, id);

-- Every time that something was sent, and what came back.
CREATE TABLE webhooks_attempts (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_webhooks_attempts PRIMARY KEY,
  delivery_id bigint NOT NULL CONSTRAINT fk_webhooks_attempts_delivery_id_webhooks_deliveries REFERENCES webhooks_deliveries,
  at          timestamptz NOT NULL,
  ms          integer NOT NULL,
  code        integer,                      -- the answer's status; NULL: there was no answer
  error       text NOT NULL DEFAULT '',
  answer      text NOT NULL DEFAULT ''      -- how the answer began
);
CREATE INDEX ix_webhooks_attempts_delivery_id ON webhooks_attempts (delivery_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON webhooks_attempts
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

GRANT SELECT, INSERT, UPDATE ON outbox_failures, webhooks_endpoints, webhooks_deliveries TO aixin_app;
GRANT SELECT, INSERT ON webhooks_attempts TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
