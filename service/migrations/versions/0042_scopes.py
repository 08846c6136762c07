"""Row-level security: whose rows a connection may see."""

from alembic import op

from service.migrations.run import run_sql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
