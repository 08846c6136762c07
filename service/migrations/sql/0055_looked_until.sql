-- A long look is done piece by piece: the last day of the pieces that all rules have looked through.
ALTER TABLE audit_runs ADD COLUMN looked_until date;
