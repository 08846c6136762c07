-- A finding whose awards or sales were taken back is over without anybody's word.
ALTER TABLE audit_findings DROP CONSTRAINT ck_audit_findings_status;
ALTER TABLE audit_findings ADD CONSTRAINT ck_audit_findings_status
  CHECK (status IN ('open', 'dismissed', 'in_case', 'taken_back')) NOT VALID;
ALTER TABLE audit_findings VALIDATE CONSTRAINT ck_audit_findings_status;
