-- What a posting costs, made less; nothing means anything else than before.
SELECT 1;
