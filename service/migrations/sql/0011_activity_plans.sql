-- Plans of activities: kinds, series, partners, outcomes, cancelling.
SELECT 1;
