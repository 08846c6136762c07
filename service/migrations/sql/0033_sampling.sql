-- The random audit of a month: its seed, who was drawn, what they said.
SELECT 1;
