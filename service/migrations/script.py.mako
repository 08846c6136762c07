"""${message}"""

from alembic import op

from service.migrations.run import run_sql

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(op, __file__)
