"""Events that wait to be told, who has heard them, and the trail of who did what."""

from alembic import op

from service.migrations.run import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
