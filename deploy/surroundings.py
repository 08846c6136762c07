"""The environment that every process of the service gets, and what production must bring itself."""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import DATABASE, OWNER, Postgres, Redis
from service.proof import SigningKey
from service.sealing import SealingKey
from service.signing import Secret, origin_at, write_key_file

REQUIRED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "FILES_FOLDER")
KEYS = ("LEDGER_KEY", "IDENTITY_KEY")  # each itself, or the name of its file
SHARED = (
    "AIXIN_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_OLD",
    "PUBLIC_URL",
    "AIXIN_CLOCK_FILE", "FILES_FOLDER", *KEYS, *(f"{name}_FILE" for name in KEYS),
)  # fmt: skip


class NotReady(RuntimeError):
    """The service cannot be started as asked; the message is for the person who asked."""


@dataclass(frozen=True)
class Surroundings:
    """What the caller's environment says, completed from what we start ourselves."""

    given: Mapping[str, str]
    var: Path

    @classmethod
    def from_process(cls, var: Path) -> Surroundings:
        """Read this process's environment. Raises NotReady where production lacks something."""
        found = cls({"AIXIN_ENV": "demo", **os.environ}, var)
        missing = [name for name in REQUIRED if not found.given.get(name)]
        missing += [f"{name} or {name}_FILE" for name in KEYS if not found.key_given(name)]
        if found.production and missing:
            raise NotReady(f"production needs {', '.join(missing)}: see deploy/env.example")
        return found

    @property
    def production(self) -> bool:
        """Tell whether demo data and made-up secrets are out of the question."""
        return self.given["AIXIN_ENV"] == "production"

    def key_given(self, name: str) -> bool:
        """Tell whether the caller brings the keys of this name, or their file."""
        return bool(self.given.get(name) or self.given.get(f"{name}_FILE"))

    @property
    def own_postgres(self) -> Postgres | None:
        """Our own server, not started yet; none where the environment names another."""
        return None if self.given.get("DATABASE_URL") else Postgres(self.var / "postgres")

    @property
    def own_redis(self) -> Redis | None:
        """The same for Redis."""
        return None if self.given.get("REDIS_URL") else Redis(self.var / "redis")

    def complete(self, own: Mapping[str, str], address: str) -> dict[str, str]:
        """Return the whole environment; what the caller says wins over `own` and defaults."""
        said = {name: value for name, value in self.given.items() if value}
        found = {**own, "PUBLIC_URL": address, "SECRET_KEY": "", **said}
        found["SECRET_KEY"] = found["SECRET_KEY"] or self._secret()
        found.setdefault("DATABASE_OWNER_URL", found["DATABASE_URL"])
        if not self.key_given("LEDGER_KEY"):
            new = SigningKey.generate(origin_at(found["PUBLIC_URL"]))
            found["LEDGER_KEY_FILE"] = str(self._key_file("ledger.key", new))
        if not self.key_given("IDENTITY_KEY"):
            file = self._key_file("identity.key", SealingKey.generate())
            found["IDENTITY_KEY_FILE"] = str(file)
        found.setdefault("FILES_FOLDER", str(self.var.absolute() / "files"))
        if not self.production:
            found.setdefault("AIXIN_CLOCK_FILE", str(self.var / "clock"))
            found.setdefault("AIXIN_SWEEP_SECONDS", "5")  # a played day does not wait a minute
        # What a process prints must not wait in a buffer while somebody looks at its log.
        return {**found, "PYTHONUNBUFFERED": "1"}

    def _secret(self) -> str:
        file = self.var / "secret"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(48))
        return file.read_text()

    def _key_file(self, name: str, new: Secret) -> Path:
        file = self.var / name
        if not file.exists():
            write_key_file(file, [new])
        return file.absolute()


def urls(postgres: Postgres | None, redis: Redis | None) -> dict[str, str]:
    """Return the variables that name our own servers, which must be running."""
    found = {}
    if postgres:
        found["DATABASE_URL"] = postgres.url()
        found["DATABASE_OWNER_URL"] = postgres.url(DATABASE, OWNER)
    if redis:
        found["REDIS_URL"] = redis.url()
    return found


def write_environment(file: Path, environment: Mapping[str, str]) -> None:
    """Leave the variables for the command line, as a file that only we can read."""
    names = [name for name in SHARED if name in environment]
    lines = [f"export {name}={shlex.quote(environment[name])}" for name in names]
    write_private(file, "\n".join(lines) + "\n")


def write_private(file: Path, text: str) -> None:
    """Write a file that nobody else may read, not even for a moment."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
