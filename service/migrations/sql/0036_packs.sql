-- Evidence packs that somebody asked for, and the links by which a wall is shown without a sign-in.

CREATE TABLE packs (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_packs PRIMARY KEY,
  key          text NOT NULL,
  programme_id integer NOT NULL CONSTRAINT fk_packs_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_packs_community_id_people_units REFERENCES people_units,
  first        date NOT NULL,
  last         date NOT NULL,
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  started_at   timestamptz,
  tries        integer NOT NULL DEFAULT 0,
  done         integer NOT NULL DEFAULT 0,   -- parts written so far
  total        integer NOT NULL DEFAULT 0,
  finished_at  timestamptz,
  sha256       text,                         -- of the file, for ever; whoever kept it knows that it is this one
  bytes        bigint,
  transfers    bigint,
  log_size     bigint,                       -- the signed head that the pack's transfers are proven under
  file         text,                         -- a name that nobody guesses, in the folder of files
  file_until   timestamptz,
  CONSTRAINT uq_packs_asked_by_key UNIQUE (asked_by, key),
  CONSTRAINT ck_packs_days CHECK (first <= last),
  CONSTRAINT ck_packs_finished CHECK ((finished_at IS NULL) = (sha256 IS NULL) AND num_nonnulls(sha256, bytes, transfers) IN (0, 3)),
  CONSTRAINT ck_packs_file CHECK ((file IS NULL) = (file_until IS NULL) AND (file IS NULL OR finished_at IS NOT NULL))
);
CREATE INDEX ix_packs_open ON packs (id) WHERE finished_at IS NULL;
CREATE INDEX ix_packs_file_until ON packs (file_until) WHERE file IS NOT NULL;
CREATE INDEX ix_packs_community_id ON packs (community_id, id);

CREATE TABLE wall_links (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_wall_links PRIMARY KEY,
  key          text NOT NULL,
  community_id bigint NOT NULL CONSTRAINT fk_wall_links_community_id_people_units REFERENCES people_units,
  place        text NOT NULL,                -- where the screen hangs
  made_by      text NOT NULL,
  made_at      timestamptz NOT NULL,
  withdrawn_by text,
  withdrawn_at timestamptz,
  CONSTRAINT uq_wall_links_made_by_key UNIQUE (made_by, key),
  CONSTRAINT ck_wall_links_withdrawn CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
);
CREATE INDEX ix_wall_links_community_id ON wall_links (community_id, id);

GRANT SELECT, INSERT, UPDATE ON packs TO aixin_app;
GRANT SELECT, INSERT ON wall_links TO aixin_app;
GRANT UPDATE (withdrawn_by, withdrawn_at) ON wall_links TO aixin_app;
