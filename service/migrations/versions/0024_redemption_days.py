"""What a shop says of its day at closing time."""

from alembic import op

from service.migrations.run import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
