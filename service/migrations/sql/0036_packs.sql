-- Evidence packs that somebody asked for.
SELECT 1;
