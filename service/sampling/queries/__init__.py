"""Reads of the random audit."""
