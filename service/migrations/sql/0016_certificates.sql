-- Certificates of service: numbered for ever, never edited; and the orders that a worker prints.

CREATE TABLE certificates_orders (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_certificates_orders PRIMARY KEY,
  key          text NOT NULL,
  community_id bigint NOT NULL CONSTRAINT fk_certificates_orders_community_id_people_units REFERENCES people_units,
  volunteer_id bigint CONSTRAINT fk_certificates_orders_volunteer_id_people_volunteers REFERENCES people_volunteers,  -- NULL: all of them
  upto         date NOT NULL,                -- the last day of service that is certified
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  started_at   timestamptz,
  total        integer NOT NULL DEFAULT 0,
  done         integer NOT NULL DEFAULT 0,
  finished_at  timestamptz,
  file         text,                         -- a name that nobody guesses, in the folder of files
  file_until   timestamptz,                  -- the file holds names: it goes, the certificates stay
  CONSTRAINT uq_certificates_orders_asked_by_key UNIQUE (asked_by, key),
  CONSTRAINT ck_certificates_orders_finished CHECK (finished_at IS NOT NULL OR file IS NULL),
  CONSTRAINT ck_certificates_orders_file CHECK ((file IS NULL) = (file_until IS NULL))
);
CREATE INDEX ix_certificates_orders_open ON certificates_orders (id) WHERE finished_at IS NULL;
CREATE INDEX ix_certificates_orders_file_until ON certificates_orders (file_until) WHERE file IS NOT NULL;
CREATE INDEX ix_certificates_orders_community_id ON certificates_orders (community_id, id);
CREATE INDEX ix_certificates_orders_volunteer_id ON certificates_orders (volunteer_id, id);

CREATE TABLE certificates (
  id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_certificates PRIMARY KEY,
  serial          text NOT NULL CONSTRAINT uq_certificates_serial UNIQUE,  -- FM-2025-00012
  community_id    bigint NOT NULL CONSTRAINT fk_certificates_community_id_people_units REFERENCES people_units,
  volunteer_id    bigint NOT NULL CONSTRAINT fk_certificates_volunteer_id_people_volunteers REFERENCES people_volunteers,
  upto            date NOT NULL,
  minutes         integer NOT NULL,          -- all of them: scanned, typed, and from before the books
  scanned_minutes integer NOT NULL,
  typed_minutes   integer NOT NULL,
  earlier_minutes integer NOT NULL,
  occasions       integer NOT NULL,
  issued_at       timestamptz NOT NULL,
  issued_by       text NOT NULL,
  superseded_by   bigint CONSTRAINT fk_certificates_superseded_by_certificates REFERENCES certificates,
  revoked_at      timestamptz,
  revoked_by      text,
  revoke_reason   text,
  CONSTRAINT ck_certificates_minutes CHECK (minutes > 0 AND minutes = scanned_minutes + typed_minutes + earlier_minutes),
  CONSTRAINT ck_certificates_revoked CHECK (num_nulls(revoked_at, revoked_by, revoke_reason) IN (0, 3))
);
CREATE INDEX ix_certificates_volunteer_id ON certificates (volunteer_id, id);
CREATE INDEX ix_certificates_community_id ON certificates (community_id, id);

-- What an order prints: new certificates, and those that say the same already.
CREATE TABLE certificates_prints (
  order_id       bigint NOT NULL CONSTRAINT fk_certificates_prints_order_id_certificates_orders REFERENCES certificates_orders,
  certificate_id bigint NOT NULL CONSTRAINT fk_certificates_prints_certificate_id_certificates REFERENCES certificates,
  CONSTRAINT pk_certificates_prints PRIMARY KEY (order_id, certificate_id)
);

-- Numbers without gaps, by community and year.
CREATE TABLE certificates_counters (
  community_id bigint NOT NULL CONSTRAINT fk_certificates_counters_community_id_people_units REFERENCES people_units,
  year         integer NOT NULL,
  last         integer NOT NULL,
  CONSTRAINT pk_certificates_counters PRIMARY KEY (community_id, year)
);

CREATE FUNCTION certificates_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'a certificate is never edited' USING ERRCODE = 'CT009';
END $$;
CREATE TRIGGER never_deleted BEFORE DELETE ON certificates FOR EACH ROW EXECUTE FUNCTION certificates_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON certificates FOR EACH STATEMENT EXECUTE FUNCTION certificates_refuse_change();
CREATE TRIGGER never_edited BEFORE UPDATE OF id, serial, community_id, volunteer_id, upto, minutes, scanned_minutes, typed_minutes,
  earlier_minutes, occasions, issued_at, issued_by ON certificates FOR EACH ROW EXECUTE FUNCTION certificates_refuse_change();
CREATE TRIGGER said_once BEFORE UPDATE ON certificates FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at AND OLD.revoked_at IS NOT NULL
        OR OLD.superseded_by IS DISTINCT FROM NEW.superseded_by AND OLD.superseded_by IS NOT NULL)
  EXECUTE FUNCTION certificates_refuse_change();

GRANT SELECT, INSERT, UPDATE ON certificates_orders, certificates_counters TO aixin_app;
GRANT SELECT, INSERT ON certificates, certificates_prints TO aixin_app;
GRANT UPDATE (superseded_by, revoked_at, revoked_by, revoke_reason) ON certificates TO aixin_app;
