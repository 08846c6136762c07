"""Cases and objections, from found to answered."""

from alembic import op

from service.migrations.run import run_sql

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
