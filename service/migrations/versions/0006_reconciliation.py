"""Counts, runs, exceptions and days: what the books are compared with, and what came of it."""

from alembic import op

from service.migrations.run import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
