"""Sign-ups with limits, agreement and priority."""

from alembic import op

from service.migrations.run import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
