"""Read-only figures and pages over all slices: homes, the desk, the ledger as people read it.

Nothing here writes, and nothing below it needs it: the SQL may join any slice's tables.
"""
