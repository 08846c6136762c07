"""Offices given and taken at the desk."""

from alembic import op

from service.migrations.run import run_sql

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
