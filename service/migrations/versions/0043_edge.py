"""The trail's device, and a programme that is locked read-only."""

from alembic import op

from service.migrations.run import run_sql

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
