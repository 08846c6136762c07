-- Matters that residents raise, and how they are answered.
SELECT 1;
