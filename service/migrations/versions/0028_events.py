"""Events that a consumer could not deal with, and partners who hear of events."""

from alembic import op

from service.migrations.run import run_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
