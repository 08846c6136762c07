"""Dated terms of discount, bills of which a part is left out, goods' pictures."""

from alembic import op

from service.migrations.run import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
