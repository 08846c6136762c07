"""Service records, working days, training, honours, evaluations, stars."""

from alembic import op

from service.migrations.run import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
