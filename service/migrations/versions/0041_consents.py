"""Consents as versioned switches; what the law's periods remove."""

from alembic import op

from service.migrations.run import run_sql

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
