-- Awards with evidence, notice days and reversal by two.
SELECT 1;
