"""A first password is chosen anew before anything opens."""

from alembic import op

from service.migrations.run import run_sql

revision = "0050"
down_revision = "0047"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
