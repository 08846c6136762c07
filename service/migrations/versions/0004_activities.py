"""Activities: plans, sign-ups, scans, attendances, awards, and the calls of the gate."""

from alembic import op

from service.migrations.run import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
