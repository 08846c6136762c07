-- Public notices: what was said, in which period, and what became of it.
SELECT 1;
