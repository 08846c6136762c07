"""The random audit of a month: its seed, who was drawn, what they said."""

from alembic import op

from service.migrations.run import run_sql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
