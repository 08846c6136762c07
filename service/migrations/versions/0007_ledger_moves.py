"""Holds, periods that close, leaves of the log; nobody but the ledger writes the ledger."""

from alembic import op

from service.migrations.run import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
