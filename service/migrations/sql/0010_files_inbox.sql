-- Files that people send, and messages to volunteers.
SELECT 1;
