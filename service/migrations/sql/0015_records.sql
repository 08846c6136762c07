-- Service records, working days, training, honours, evaluations, stars.
SELECT 1;
