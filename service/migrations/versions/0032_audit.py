"""What the audit's rules found, and how far they have looked."""

from alembic import op

from service.migrations.run import run_sql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
