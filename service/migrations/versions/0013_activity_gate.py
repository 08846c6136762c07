"""The gate: undo, decisions, problems, headcounts, bursts."""

from alembic import op

from service.migrations.run import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
