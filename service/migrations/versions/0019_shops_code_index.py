"""One index less on shops."""

from alembic import op

from service.migrations.run import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
