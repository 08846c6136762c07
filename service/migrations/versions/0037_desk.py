"""What the desk's search and its trail look up by."""

from alembic import op

from service.migrations.run import run_sql

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
