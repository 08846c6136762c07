"""Clerks, their shifts, tills' rotation."""

from alembic import op

from service.migrations.run import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
