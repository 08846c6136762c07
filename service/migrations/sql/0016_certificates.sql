-- Certificates of service, and what became of each.
SELECT 1;
