-- Events are written in the transaction of what they tell, and moved on by the relay afterwards.

CREATE TABLE outbox_events (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox_events PRIMARY KEY,
  event_id    uuid NOT NULL DEFAULT gen_random_uuid(),  -- what the outside world knows it by
  type        text NOT NULL,
  subject     text NOT NULL,               -- what it is about; order holds within a subject
  payload     jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  relayed_at  timestamptz                  -- NULL: nobody has been told yet
);
CREATE INDEX ix_outbox_events_waiting ON outbox_events (id) WHERE relayed_at IS NULL;
CREATE INDEX ix_outbox_events_subject ON outbox_events (subject, id);

-- Who has dealt with which event: claimed in the transaction of the effect, so never doubled.
CREATE TABLE outbox_consumptions (
  event_id bigint NOT NULL CONSTRAINT fk_outbox_consumptions_event_id_outbox_events REFERENCES outbox_events,
  consumer text NOT NULL,
  at       timestamptz NOT NULL,
  CONSTRAINT pk_outbox_consumptions PRIMARY KEY (event_id, consumer)
);

-- For callers in SQL, who are trusted to name a type of the catalogue.
CREATE FUNCTION outbox_publish(p_type text, p_subject text, p_payload jsonb, p_now timestamptz)
  RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO outbox_events (type, subject, payload, occurred_at, recorded_at)
  VALUES (p_type, p_subject, coalesce(p_payload, '{}'), p_now, p_now) RETURNING id
$$;

CREATE TABLE trail_records (
  id      bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_trail_records PRIMARY KEY,
  at      timestamptz NOT NULL,
  actor   text NOT NULL,                   -- staff:U-ADM, volunteer:FM0012, device:7, system
  action  text NOT NULL,
  subject text NOT NULL,
  detail  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ix_trail_records_subject ON trail_records (subject, id);
CREATE INDEX ix_trail_records_actor ON trail_records (actor, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail_records
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON trail_records
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

GRANT SELECT, INSERT ON outbox_events, outbox_consumptions, trail_records TO aixin_app;
GRANT UPDATE (relayed_at) ON outbox_events TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
