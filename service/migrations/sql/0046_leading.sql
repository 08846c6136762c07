-- Suspended from leading until a day: proposed in a case by one person, approved by another, over by itself.
ALTER TABLE activities_rights DROP CONSTRAINT ck_activities_rights_name;
ALTER TABLE activities_rights ADD CONSTRAINT ck_activities_rights_name CHECK (name IN ('manual_award', 'lead')) NOT VALID;
ALTER TABLE activities_rights VALIDATE CONSTRAINT ck_activities_rights_name;
-- Nobody is entrusted with leading: whom a plan names leads, unless a row says that it was taken away until a day.
ALTER TABLE activities_rights ADD CONSTRAINT ck_activities_rights_lead
  CHECK (name <> 'lead' OR num_nonnulls(suspended_at, suspended_until) = 2) NOT VALID;
ALTER TABLE activities_rights VALIDATE CONSTRAINT ck_activities_rights_lead;

-- A proposal may ask for it, alone or with what shall be taken back.
ALTER TABLE cases_proposals
  ADD COLUMN suspends_id bigint CONSTRAINT fk_cases_proposals_suspends_id_people_volunteers REFERENCES people_volunteers,
  ADD COLUMN suspends_until date,
  ADD CONSTRAINT ck_cases_proposals_suspends CHECK (num_nonnulls(suspends_id, suspends_until) IN (0, 2));
CREATE INDEX ix_cases_proposals_suspends_id ON cases_proposals (suspends_id) WHERE suspends_id IS NOT NULL;
