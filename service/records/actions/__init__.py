"""Changes of records; each runs in the transaction of its caller."""
