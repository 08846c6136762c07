-- The gate: undo, decisions, problems, headcounts, bursts.
SELECT 1;
