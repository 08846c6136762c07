"""Awards with evidence, notice days and reversal by two."""

from alembic import op

from service.migrations.run import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
