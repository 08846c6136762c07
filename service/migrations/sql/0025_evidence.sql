-- The shops' own files: what a till or a payment service exported, read into rows that can be compared with the books.

CREATE TABLE evidence_files (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_evidence_files PRIMARY KEY,
  shop_id     bigint NOT NULL CONSTRAINT fk_evidence_files_shop_id_shops REFERENCES shops,
  sha256      bytea NOT NULL CONSTRAINT ck_evidence_files_sha256 CHECK (octet_length(sha256) = 32),
  name        text NOT NULL,                 -- as it was called where it came from; shown, never a path
  kind        text NOT NULL CONSTRAINT ck_evidence_files_kind CHECK (kind IN ('text', 'xlsx')),
  bytes       bigint NOT NULL,
  status      text NOT NULL CONSTRAINT ck_evidence_files_status
              CHECK (status IN ('draft', 'waiting', 'loaded', 'bad', 'withdrawn')),
  layout      jsonb,                         -- how it was read: encoding, delimiter or sheet, header line
  mapping     jsonb,                         -- which column says what, as somebody accepted it
  repeats     text CONSTRAINT ck_evidence_files_repeats CHECK (repeats IN ('count', 'leave_out')),
  totals      jsonb,                         -- what its rows add up to
  rows        integer NOT NULL DEFAULT 0,
  first_day   date,
  last_day    date,
  fault       jsonb,                         -- why it was refused: slug, line, column, what stood there
  sent_by     text NOT NULL,
  sent_at     timestamptz NOT NULL,
  accepted_by text,
  accepted_at timestamptz,
  read_at     timestamptz,                   -- when it was loaded, or refused
  withdrawn_at timestamptz,
  reason      text,                          -- why it was withdrawn
  CONSTRAINT ck_evidence_files_accepted CHECK (num_nulls(accepted_by, accepted_at) IN (0, 2)),
  CONSTRAINT ck_evidence_files_read CHECK (status IN ('draft', 'waiting', 'withdrawn') OR read_at IS NOT NULL),
  CONSTRAINT ck_evidence_files_bad CHECK (status <> 'bad' OR fault IS NOT NULL),
  CONSTRAINT ck_evidence_files_loaded CHECK (status <> 'loaded' OR (fault IS NULL AND first_day <= last_day AND rows > 0)),
  CONSTRAINT ck_evidence_files_withdrawn CHECK ((status = 'withdrawn') = (num_nonnulls(reason, withdrawn_at) = 2) AND num_nulls(reason, withdrawn_at) <> 1)
);
-- The same bytes from the same shop are one file; one that was withdrawn may be sent again.
CREATE UNIQUE INDEX uq_evidence_files_sent ON evidence_files (shop_id, sha256) WHERE status <> 'withdrawn';
CREATE INDEX ix_evidence_files_shop_id ON evidence_files (shop_id, id);
CREATE INDEX ix_evidence_files_waiting ON evidence_files (id) WHERE status = 'waiting';
CREATE INDEX ix_evidence_files_bad ON evidence_files (shop_id, id) WHERE status = 'bad';

-- One line of a file that was accepted. No foreign keys: a million rows are checked once, by who loads them.
CREATE TABLE evidence_rows (
  id           bigint CONSTRAINT pk_evidence_rows PRIMARY KEY,  -- the file's number and the line: known before it is written
  file_id      bigint NOT NULL,
  shop_id      bigint NOT NULL,
  line         integer NOT NULL,             -- as a person counts the lines of the file, from 1
  business_day date NOT NULL,                -- in Shanghai, by the moment of completion
  occurred_at  timestamptz,                  -- NULL: the file says the day only
  reference    text,
  short_code   text,                         -- last six of what the file says, as a receipt shows them
  kind         text NOT NULL CONSTRAINT ck_evidence_rows_kind CHECK (kind IN ('good', 'discount')),
  item         text,
  qty          integer NOT NULL,
  amount_fen   bigint,                       -- what was given: a good's value, or what came off a bill
  bill_fen     bigint,                       -- the whole bill of a discount
  points       bigint,
  status       text NOT NULL CONSTRAINT ck_evidence_rows_status CHECK (status IN ('done', 'reversed')),
  occurrence   integer NOT NULL,             -- the how-manieth row of the shop with the very same content
  CONSTRAINT ck_evidence_rows_id CHECK (id = (file_id << 24) + line AND line BETWEEN 1 AND 16777215),
  CONSTRAINT ck_evidence_rows_figures CHECK (num_nonnulls(amount_fen, points) > 0)
);
CREATE INDEX ix_evidence_rows_shop_id_business_day ON evidence_rows (shop_id, business_day);

-- Rows that count: those of files that stand.
CREATE VIEW evidence_live_rows AS
  SELECT r.* FROM evidence_rows r JOIN evidence_files f ON f.id = r.file_id AND f.status = 'loaded';

-- Which column says what, remembered for each shop and each form of head line.
CREATE TABLE evidence_mappings (
  shop_id  bigint NOT NULL CONSTRAINT fk_evidence_mappings_shop_id_shops REFERENCES shops,
  head     text NOT NULL,                    -- SHA-256 of the names of the columns
  mapping  jsonb NOT NULL,
  saved_by text NOT NULL,
  saved_at timestamptz NOT NULL,
  CONSTRAINT pk_evidence_mappings PRIMARY KEY (shop_id, head)
);

GRANT SELECT, INSERT, UPDATE ON evidence_files, evidence_mappings TO aixin_app;
GRANT SELECT, INSERT ON evidence_rows TO aixin_app;
GRANT SELECT ON evidence_live_rows TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
