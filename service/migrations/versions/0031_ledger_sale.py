"""The ordinary sale, posted straight down."""

from alembic import op

from service.migrations.run import run_sql

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
