"""Bound phones and the family's helpers."""

from alembic import op

from service.migrations.run import run_sql

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
