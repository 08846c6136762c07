-- Public notices (公示): what was said of which days, who stands in it, and what became of it.

-- A number is given when a notice is published, so that a draft given up leaves no gap.
CREATE TABLE notices (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_notices PRIMARY KEY,
  key          text NOT NULL,
  programme_id integer NOT NULL CONSTRAINT fk_notices_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_notices_community_id_people_units REFERENCES people_units,
  since        date NOT NULL,               -- the days of service that it speaks of
  until        date NOT NULL,
  starts_on    date NOT NULL,               -- the working days on which it is shown
  ends_on      date NOT NULL,
  status       text NOT NULL DEFAULT 'draft' CONSTRAINT ck_notices_status CHECK (status IN ('draft', 'published', 'ended', 'dropped')),
  year         integer,
  number       integer CONSTRAINT ck_notices_number CHECK (number > 0),
  code         text CONSTRAINT uq_notices_code UNIQUE,  -- in its address: FM-2025-18
  name         text,                        -- on paper: 富民志愿积分公示〔2025〕18号
  content      jsonb,                       -- what it says; of the rows their hashes alone
  digest       text,                        -- SHA-256 of the content
  drafted_by   text NOT NULL,
  drafted_at   timestamptz NOT NULL,
  published_by text,
  published_at timestamptz,
  ended_at     timestamptz,
  filed        integer,                     -- objections by its end, and how many of them were answered
  answered     integer,
  file         text,                        -- the paper as it may be shown now; NULL = to be made
  CONSTRAINT uq_notices_community_id_key UNIQUE (community_id, key),
  CONSTRAINT uq_notices_community_id_year_number UNIQUE (community_id, year, number),
  CONSTRAINT ck_notices_days CHECK (since <= until AND starts_on <= ends_on),
  CONSTRAINT ck_notices_published CHECK ((status IN ('published', 'ended')) = (published_at IS NOT NULL)
    AND num_nonnulls(year, number, code, name, content, digest, published_by, published_at) IN (0, 8)),
  CONSTRAINT ck_notices_ended CHECK ((status = 'ended') = (ended_at IS NOT NULL) AND num_nonnulls(ended_at, filed, answered) IN (0, 3)),
  -- No day of service stands in two notices of a community.
  CONSTRAINT ex_notices_days EXCLUDE USING gist
    (int8range(community_id, community_id, '[]') WITH &&, daterange(since, until, '[]') WITH &&) WHERE (published_at IS NOT NULL)
);
CREATE INDEX ix_notices_community_id ON notices (community_id, id);
CREATE INDEX ix_notices_public ON notices (published_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX ix_notices_running ON notices (ends_on) WHERE status = 'published';
CREATE INDEX ix_notices_unprinted ON notices (id) WHERE published_at IS NOT NULL AND file IS NULL;

-- What was published is never changed: its end, its paper and the count of objections alone come later.
CREATE FUNCTION notices_only_known_arrows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NOT NULL AND (
       (NEW.programme_id, NEW.community_id, NEW.since, NEW.until, NEW.starts_on, NEW.ends_on, NEW.year, NEW.number, NEW.code,
        NEW.name, NEW.content, NEW.digest, NEW.published_by, NEW.published_at)
       IS DISTINCT FROM
       (OLD.programme_id, OLD.community_id, OLD.since, OLD.until, OLD.starts_on, OLD.ends_on, OLD.year, OLD.number, OLD.code,
        OLD.name, OLD.content, OLD.digest, OLD.published_by, OLD.published_at)
     ) OR NOT (NEW.status = OLD.status OR (OLD.status, NEW.status) IN
       (('draft', 'published'), ('draft', 'dropped'), ('published', 'ended'))) THEN
    RAISE EXCEPTION 'a notice cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_known_arrows BEFORE UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION notices_only_known_arrows();

-- Who stands in a notice by the tail of the booklet's number. The salt keeps a row that was taken out from being guessed by its hash.
CREATE TABLE notices_rows (
  notice_id    bigint NOT NULL CONSTRAINT fk_notices_rows_notice_id_notices REFERENCES notices,
  nth          integer NOT NULL,
  volunteer_id bigint NOT NULL CONSTRAINT fk_notices_rows_volunteer_id_people_volunteers REFERENCES people_volunteers,
  tail         text NOT NULL,
  what         text[] NOT NULL,
  minutes      integer NOT NULL,
  points       integer NOT NULL,
  salt         text NOT NULL,
  CONSTRAINT pk_notices_rows PRIMARY KEY (notice_id, nth)
);
CREATE UNIQUE INDEX uq_notices_rows_volunteer_id_notice_id ON notices_rows (volunteer_id, notice_id);

-- The last number of a year; the first of ours follows on those that were given on paper.
CREATE TABLE notices_counters (
  community_id bigint NOT NULL CONSTRAINT fk_notices_counters_community_id_people_units REFERENCES people_units,
  year         integer NOT NULL,
  last         integer NOT NULL CONSTRAINT ck_notices_counters_last CHECK (last >= 0),
  CONSTRAINT pk_notices_counters PRIMARY KEY (community_id, year)
);

CREATE INDEX ix_activities_award_reversals_decided_at ON activities_award_reversals (decided_at) WHERE decision = 'approved';
CREATE INDEX ix_redemptions_reversals_approved_at ON redemptions_reversals (approved_at) WHERE approved_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON notices, notices_counters TO aixin_app;
GRANT SELECT, INSERT ON notices_rows TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
