"""The association's house: members, goods, pledges, counts."""

from alembic import op

from service.migrations.run import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
