"""Shop tickets and choices made on the phone."""

from alembic import op

from service.migrations.run import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
