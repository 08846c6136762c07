"""Certificates of service, and what became of each."""

from alembic import op

from service.migrations.run import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
