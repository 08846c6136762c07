-- Cases and objections, from found to answered.
SELECT 1;
