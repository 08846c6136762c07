"""Batches of a shop and day: matches, what waits, and exceptions that know their lines."""

from alembic import op

from service.migrations.run import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
