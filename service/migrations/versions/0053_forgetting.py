"""The words that name somebody who is forgotten are taken out, and nothing else of a row can be."""

from alembic import op

from service.migrations.run import run_sql

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
