-- What the desk's search and its trail look up by.
SELECT 1;
