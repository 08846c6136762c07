"""A finding whose awards or sales were taken back is over without anybody's word."""

from alembic import op

from service.migrations.run import run_sql

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
