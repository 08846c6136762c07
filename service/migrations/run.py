"""Running a migration's SQL file, and running all that are due."""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

HERE = Path(__file__).parent


def run_sql(op: Any, revision_file: str) -> None:
    """Execute the SQL file that has the same name as a revision, in the revision's transaction."""
    text = (HERE / "sql" / Path(revision_file).with_suffix(".sql").name).read_text("utf-8")
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(text)  # the driver itself: it takes many statements, and % means %


def upgrade(database_url: str) -> None:
    """Bring a database to the newest revision; does nothing when it is there already."""
    command.upgrade(alembic_config(database_url), "head")


def gather_statistics(database_url: str) -> None:
    """Let the server count its rows anew, as after loading many; the owner's right."""
    url = make_url(database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as owner:
        owner.execute("ANALYZE (SKIP_LOCKED)")


def alembic_config(database_url: str) -> Config:
    """Build Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = database_url
    return config
