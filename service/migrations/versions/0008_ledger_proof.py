"""The log of all transfers, its signed heads and keys, sealed months, and verifications."""

from alembic import op

from service.migrations.run import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
