"""Plans of activities: kinds, series, partners, outcomes, cancelling."""

from alembic import op

from service.migrations.run import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
