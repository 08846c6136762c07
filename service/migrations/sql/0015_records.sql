-- Service records, working days, training, honours, evaluations, stars.

-- ---------------------------------------------------------------- working days
-- The days that the State Council moved. Who loads a corrected notice replaces a year as a whole.
CREATE TABLE programmes_working_days (
  day     date CONSTRAINT pk_programmes_working_days PRIMARY KEY,
  working boolean NOT NULL,                -- false: a holiday; true: a weekend day worked in its stead
  name    text NOT NULL CONSTRAINT ck_programmes_working_days_name CHECK (name <> ''),
  source  text NOT NULL CONSTRAINT ck_programmes_working_days_source CHECK (source <> '')
);
GRANT SELECT, INSERT, UPDATE, DELETE ON programmes_working_days TO aixin_app;
