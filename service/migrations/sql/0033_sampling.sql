-- The random audit: which attendances a month were drawn, from which list, by which seed; who was asked, and what they said.

-- One a community and month, made once and never changed. The list is kept as it was drawn from, so that anybody can draw again.
CREATE TABLE sampling_draws (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sampling_draws PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_sampling_draws_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_sampling_draws_community_id_people_units REFERENCES people_units,
  month        date NOT NULL CONSTRAINT ck_sampling_draws_month CHECK (extract(day FROM month) = 1),
  percent      integer NOT NULL CONSTRAINT ck_sampling_draws_percent CHECK (percent BETWEEN 1 AND 100),
  tries        integer NOT NULL CONSTRAINT ck_sampling_draws_tries CHECK (tries > 0),
  head_size    bigint NOT NULL,              -- the first head that was sealed after the month's end
  head_root    bytea NOT NULL CONSTRAINT ck_sampling_draws_head_root CHECK (octet_length(head_root) = 32),
  seed         text NOT NULL,                -- SHA-256 of the month and that head
  population   text NOT NULL,                -- every attendance confirmed in the month, a number a line, ascending
  listed       integer NOT NULL,             -- how many lines
  digest       text NOT NULL,                -- SHA-256 of the list: published at once, the list itself when the calls are over
  drawn        integer NOT NULL CONSTRAINT ck_sampling_draws_drawn CHECK (drawn BETWEEN 0 AND listed),
  drawn_at     timestamptz NOT NULL,
  CONSTRAINT uq_sampling_draws_community_id_month UNIQUE (community_id, month)
);

CREATE TABLE sampling_calls (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sampling_calls PRIMARY KEY,
  draw_id       bigint NOT NULL CONSTRAINT fk_sampling_calls_draw_id_sampling_draws REFERENCES sampling_draws,
  place         integer NOT NULL CONSTRAINT ck_sampling_calls_place CHECK (place > 0),  -- in the order of the draw
  community_id  bigint NOT NULL CONSTRAINT fk_sampling_calls_community_id_people_units REFERENCES people_units,
  attendance_id bigint NOT NULL CONSTRAINT fk_sampling_calls_attendance_id_activities_attendances REFERENCES activities_attendances,
  award_id      bigint NOT NULL CONSTRAINT fk_sampling_calls_award_id_activities_awards REFERENCES activities_awards,
  volunteer_id  bigint NOT NULL CONSTRAINT fk_sampling_calls_volunteer_id_people_volunteers REFERENCES people_volunteers,
  missed        integer NOT NULL DEFAULT 0,  -- days on which nobody answered
  result        text CONSTRAINT ck_sampling_calls_result CHECK (result IN ('confirmed', 'differs', 'not_reached')),
  finding_id    bigint,                      -- what came of a difference
  settled_at    timestamptz,
  CONSTRAINT uq_sampling_calls_draw_id_place UNIQUE (draw_id, place),
  CONSTRAINT uq_sampling_calls_attendance_id UNIQUE (attendance_id),
  CONSTRAINT ck_sampling_calls_settled CHECK ((result IS NULL) = (settled_at IS NULL))
);
CREATE INDEX ix_sampling_calls_open ON sampling_calls (community_id, id) WHERE result IS NULL;
CREATE INDEX ix_sampling_calls_award_id ON sampling_calls (award_id);
CREATE INDEX ix_sampling_calls_volunteer_id ON sampling_calls (volunteer_id);

-- Every try, as it was told; never changed.
CREATE TABLE sampling_tries (
  id      bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sampling_tries PRIMARY KEY,
  call_id bigint NOT NULL CONSTRAINT fk_sampling_tries_call_id_sampling_calls REFERENCES sampling_calls,
  key     text NOT NULL,
  answer  text NOT NULL CONSTRAINT ck_sampling_tries_answer CHECK (answer IN ('confirmed', 'differs', 'no_answer')),
  said    text NOT NULL,
  by      text NOT NULL,
  at      timestamptz NOT NULL,
  day     date NOT NULL,
  CONSTRAINT uq_sampling_tries_call_id_key UNIQUE (call_id, key),
  CONSTRAINT ck_sampling_tries_said CHECK (answer <> 'differs' OR said <> '')
);

CREATE FUNCTION sampling_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'a draw is never changed' USING ERRCODE = 'SA009';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON sampling_draws FOR EACH ROW EXECUTE FUNCTION sampling_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON sampling_tries FOR EACH ROW EXECUTE FUNCTION sampling_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON sampling_calls FOR EACH ROW EXECUTE FUNCTION sampling_refuse_change();
-- What was drawn stays drawn, and an answer stays the answer.
CREATE TRIGGER never_redrawn BEFORE UPDATE OF draw_id, place, community_id, attendance_id, award_id, volunteer_id ON sampling_calls
  FOR EACH ROW EXECUTE FUNCTION sampling_refuse_change();
CREATE TRIGGER answered_once BEFORE UPDATE ON sampling_calls FOR EACH ROW
  WHEN (OLD.result IS NOT NULL AND (OLD.result, OLD.missed, OLD.settled_at) IS DISTINCT FROM (NEW.result, NEW.missed, NEW.settled_at))
  EXECUTE FUNCTION sampling_refuse_change();

-- The month's confirmations are read once, in the order in which they were written: a few kilobytes of index find their pages.
CREATE INDEX ix_activities_awards_entered_at ON activities_awards USING brin (entered_at);
CREATE INDEX ix_ledger_heads_sealed_at ON ledger_heads (sealed_at, size);

GRANT SELECT, INSERT ON sampling_draws, sampling_tries TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON sampling_calls TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
