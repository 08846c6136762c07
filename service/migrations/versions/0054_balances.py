"""What many accounts hold, in one statement."""

from alembic import op

from service.migrations.run import run_sql

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
