"""Reads of records: lines, what is late, honours, stars, evaluations."""
