"""What becomes of an exception: assigned, aged, answered, approved, posted."""

from alembic import op

from service.migrations.run import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
