"""Other ways to reach a volunteer than the inbox: addresses, choices, what was sent."""

from alembic import op

from service.migrations.run import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
