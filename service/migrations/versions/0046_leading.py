"""Suspended from leading until a day, by two people."""

from alembic import op

from service.migrations.run import run_sql

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
