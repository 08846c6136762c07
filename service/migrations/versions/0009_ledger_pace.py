"""What a posting costs, made less; nothing means anything else than before."""

from alembic import op

from service.migrations.run import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
