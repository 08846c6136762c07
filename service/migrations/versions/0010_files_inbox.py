"""Files that people send, and messages to volunteers."""

from alembic import op

from service.migrations.run import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
