"""Verbs of the random audit."""
