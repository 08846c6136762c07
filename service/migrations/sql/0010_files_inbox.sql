-- Files that people send, and messages to volunteers.
-- FILES: pictures that people send. The content lies in a folder; a row is never changed, never deleted.
CREATE TABLE files (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_files PRIMARY KEY,
  code         text NOT NULL CONSTRAINT uq_files_code UNIQUE
    CONSTRAINT ck_files_code CHECK (code ~ '^[a-z2-7]{26}$'),
  purpose      text NOT NULL CONSTRAINT ck_files_purpose CHECK (purpose <> ''),
  media_type   text NOT NULL CONSTRAINT ck_files_media_type CHECK (media_type IN ('image/jpeg', 'image/png')),
  bytes        integer NOT NULL CONSTRAINT ck_files_bytes CHECK (bytes > 0),
  sha256       bytea NOT NULL,               -- of what was sent
  community_id bigint,                       -- whose staff may see it, where that decides
  kept_by      text NOT NULL,
  kept_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX uq_files_sent ON files (kept_by, purpose, sha256, community_id) NULLS NOT DISTINCT;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON files FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON files FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON files TO aixin_app;
GRANT USAGE ON SEQUENCE files_id_seq TO aixin_app;
-- end of FILES

-- Messages to volunteers: one for every key, however often it is told.
CREATE TABLE inbox_messages (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_inbox_messages PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_inbox_messages_volunteer_id_people_volunteers REFERENCES people_volunteers,
  key          text NOT NULL,
  kind         text NOT NULL,                            -- its words stand in the code, in the reader's language
  params       jsonb NOT NULL DEFAULT '{}',
  link         text,
  at           timestamptz NOT NULL,
  read_at      timestamptz,
  CONSTRAINT uq_inbox_messages_volunteer_id_key UNIQUE (volunteer_id, key)
);
CREATE INDEX ix_inbox_messages_volunteer_id_id ON inbox_messages (volunteer_id, id);
CREATE INDEX ix_inbox_messages_unread ON inbox_messages (volunteer_id) WHERE read_at IS NULL;
GRANT SELECT, INSERT, UPDATE (read_at) ON inbox_messages TO aixin_app;
