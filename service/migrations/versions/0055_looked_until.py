"""How far a long look of the audit is."""

from alembic import op

from service.migrations.run import run_sql

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
