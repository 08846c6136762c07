"""Second factors, recovery codes, failed sign-ins and what a session remembers."""

from alembic import op

from service.migrations.run import run_sql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
