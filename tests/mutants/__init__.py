"""The SQL of the ledger, broken on purpose, one rule at a time: some test must notice each.

    python -m tests.mutants.ledger [--only NAME] [--list] [--jobs N]

Not part of the default run. Every mutant gets servers of its own, made from migrations in which one
piece of text is another; a piece that is no longer there is an error, never a pass.
"""
