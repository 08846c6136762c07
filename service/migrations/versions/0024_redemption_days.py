"""What a shop says of its day at closing time."""

from alembic import op

from service.migrations.run import before, run_sql

revision = "0024"
down_revision = before(__file__)


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
