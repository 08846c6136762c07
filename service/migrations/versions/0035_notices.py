"""Public notices: what was said, in which period, and what became of it."""

from alembic import op

from service.migrations.run import run_sql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
