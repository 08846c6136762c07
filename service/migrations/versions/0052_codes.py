"""Activities found by their codes behind the policies."""

from alembic import op

from service.migrations.run import run_sql

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
