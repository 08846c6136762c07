"""Alembic's entry: one connection, one transaction a migration, an impatient lock."""

from alembic import context
from sqlalchemy import create_engine

from service.db import Model


def run() -> None:
    """Run the due migrations; a lock that is not had in 4 seconds fails rather than queue."""
    engine = create_engine(
        context.config.attributes["url"], connect_args={"options": "-c lock_timeout=4s"}
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Model.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
