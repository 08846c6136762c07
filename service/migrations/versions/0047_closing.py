"""The end of a month in the books, payments to shops, a shop's day that is compared again."""

from alembic import op

from service.migrations.run import run_sql

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
