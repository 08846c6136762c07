"""The double-entry ledger: accounts, transfers, entries, lots, and the one call that posts."""

from alembic import op

from service.migrations.run import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
