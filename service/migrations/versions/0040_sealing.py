"""Identity as sealed fields, with keyed hashes to look up by."""

from alembic import op

from service.migrations.run import run_sql

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
