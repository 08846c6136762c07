"""Matters that residents raise, and how they are answered."""

from alembic import op

from service.migrations.run import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
