"""Signatures of shops' days and months, statements, and the points equation as it was checked."""

from alembic import op

from service.migrations.run import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
