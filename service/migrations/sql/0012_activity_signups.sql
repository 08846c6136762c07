-- Sign-ups with limits, agreement and priority.
SELECT 1;
