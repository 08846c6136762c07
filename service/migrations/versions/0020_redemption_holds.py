"""Redemptions that hold."""

from alembic import op

from service.migrations.run import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
