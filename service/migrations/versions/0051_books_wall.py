"""The second wall stands around the books, the trail, the inboxes and drafts, too."""

from alembic import op

from service.migrations.run import run_sql

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
