"""Matters: what residents and volunteers need, found, assigned, solved and answered."""
