"""Evidence packs that somebody asked for."""

from alembic import op

from service.migrations.run import run_sql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
