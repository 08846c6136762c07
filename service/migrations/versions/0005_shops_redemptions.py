"""Shops, goods, tills, redemptions and discounts, and the one call that redeems."""

from alembic import op

from service.migrations.run import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
