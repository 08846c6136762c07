-- What the audit's rules found, and how far they have looked.
SELECT 1;
