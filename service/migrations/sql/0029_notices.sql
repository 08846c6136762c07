-- Other ways to reach a volunteer than the inbox: where, whether it was agreed to, what was sent and what became of it.

-- An address is its owner's secret, like a name, so it lies apart. It is asked for, confirmed from its own mailbox, and ended;
-- a row stays as the proof of the consent, without the address once that was withdrawn.
CREATE TABLE identity.inbox_addresses (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_inbox_addresses PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_inbox_addresses_volunteer_id_people_volunteers REFERENCES people_volunteers,
  channel      text NOT NULL CONSTRAINT ck_inbox_addresses_channel CHECK (channel IN ('email', 'wechat', 'sms')),
  address      text,
  locale       text NOT NULL,                -- the language in which it was asked for is the language of what is sent
  consent      text NOT NULL,                -- which words were agreed to
  asked_at     timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,         -- until when it must be confirmed
  confirmed_at timestamptz,
  ended_at     timestamptz,
  ended_why    text CONSTRAINT ck_inbox_addresses_ended_why CHECK (ended_why IN ('own', 'replaced', 'refused')),
  CONSTRAINT ck_inbox_addresses_ended CHECK ((ended_at IS NULL) = (ended_why IS NULL) AND (ended_at IS NULL) = (address IS NOT NULL))
);
CREATE UNIQUE INDEX uq_inbox_addresses_volunteer_id_channel ON identity.inbox_addresses (volunteer_id, channel) WHERE ended_at IS NULL;
CREATE INDEX ix_inbox_addresses_volunteer_id_asked_at ON identity.inbox_addresses (volunteer_id, asked_at);

-- What a volunteer does not want to hear of on a way; the inbox itself hears everything.
CREATE TABLE inbox_mutes (
  volunteer_id bigint NOT NULL CONSTRAINT fk_inbox_mutes_volunteer_id_people_volunteers REFERENCES people_volunteers,
  channel      text NOT NULL CONSTRAINT ck_inbox_mutes_channel CHECK (channel IN ('email', 'wechat', 'sms')),
  topic        text NOT NULL CONSTRAINT ck_inbox_mutes_topic CHECK (topic IN ('activities', 'points', 'records', 'matters')),
  CONSTRAINT pk_inbox_mutes PRIMARY KEY (volunteer_id, channel, topic)
);

-- What is to be sent on another way: once for a message and a way. Without a message it asks to confirm the address.
CREATE TABLE inbox_deliveries (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_inbox_deliveries PRIMARY KEY,
  message_id bigint CONSTRAINT fk_inbox_deliveries_message_id_inbox_messages REFERENCES inbox_messages,
  address_id bigint NOT NULL CONSTRAINT fk_inbox_deliveries_address_id_inbox_addresses REFERENCES identity.inbox_addresses,
  channel    text NOT NULL CONSTRAINT ck_inbox_deliveries_channel CHECK (channel IN ('email', 'wechat', 'sms')),
  status     text NOT NULL CONSTRAINT ck_inbox_deliveries_status CHECK (status IN ('waiting', 'sent', 'failed', 'stopped')),
  attempts   integer NOT NULL DEFAULT 0 CONSTRAINT ck_inbox_deliveries_attempts CHECK (attempts >= 0),
  due_at     timestamptz NOT NULL,           -- also the end of the lease of whoever is sending it now
  outcome    text,                           -- what the other side said last
  asked_at   timestamptz NOT NULL,
  ended_at   timestamptz,
  CONSTRAINT ck_inbox_deliveries_ended CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX uq_inbox_deliveries_message_id_channel ON inbox_deliveries (message_id, channel);
CREATE INDEX ix_inbox_deliveries_due ON inbox_deliveries (due_at, id) WHERE status = 'waiting';
CREATE INDEX ix_inbox_deliveries_address_id_id ON inbox_deliveries (address_id, id);
CREATE INDEX ix_inbox_deliveries_failed ON inbox_deliveries (ended_at) WHERE status = 'failed';

GRANT SELECT, INSERT, UPDATE ON identity.inbox_addresses, inbox_deliveries TO aixin_app;
GRANT SELECT, INSERT, DELETE ON inbox_mutes TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public, identity TO aixin_app;
