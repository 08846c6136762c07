"""Rule sets, units, teams, volunteers, staff, sessions, devices, cards and passes."""

from alembic import op

from service.migrations.run import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
