"""The shops' own files and their rows."""

from alembic import op

from service.migrations.run import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
