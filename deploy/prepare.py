"""Make a fresh checkout ready to run: packages, browser code and message catalogs.

Standard library only, because it runs before anything is installed. Every step carries a stamp of
what went into it, so that a second start does nothing.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON_MIN = (3, 11)
NODE_MIN = (20, 19)
PIP_OPTIONS = ("--no-deps", "--only-binary=:all:", "--require-hashes")
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--silent")
LAUNCHER = """#!/bin/sh
# Runs the command line of this checkout, inside the running demonstration if there is one.
here=$(cd "$(dirname "$0")" && pwd)
settings="$here/../../var/environment"
if [ -z "$DATABASE_URL" ] && [ -f "$settings" ]; then . "$settings"; fi
exec "$here/python" -m service.cli "$@"
"""


def say(words: str) -> None:
    """Print one line of progress at once."""
    print(f"[aixin] {words}", flush=True)


def check_python() -> None:
    """Leave with a sentence where Python is too old."""
    if sys.version_info < PYTHON_MIN:
        sys.exit("Python 3.11 or newer is needed.")


def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run one step's command; where it fails, leave with what was run."""
    words = [str(word) for word in command]
    try:
        subprocess.run(words, check=True, cwd=cwd, env=env)
    except (OSError, subprocess.CalledProcessError) as failure:
        sys.exit(f"[aixin] this step failed: {failure}")


def answers(*command: str | Path, env: Mapping[str, str] | None = None) -> str | None:
    """Return what a command prints, or nothing where it does not work."""
    words = [str(word) for word in command]
    try:
        asked = subprocess.run(words, check=False, capture_output=True, text=True, env=env)
    except OSError:
        return None
    return asked.stdout if asked.returncode == 0 else None


@dataclass(frozen=True)
class Stamp:
    """Remembers that a step was done with exactly these inputs."""

    file: Path
    inputs: tuple[Path, ...]

    def digest(self) -> str:
        """Condense this Python, this machine, and the inputs' names and contents."""
        found = sha256(f"{sys.version} {platform.machine()}".encode())
        for path in self.inputs:
            found.update(path.name.encode() + sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def fresh(self) -> bool:
        """Tell whether nothing has changed since the step was done."""
        return self.file.exists() and self.file.read_text() == self.digest()

    def done(self) -> None:
        """Remember the step."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.digest())


@dataclass
class Checkout:
    """One checkout and what set-up puts into it; nothing outside it is touched."""

    root: Path = ROOT
    _node: dict[str, str] | None = field(default=None, repr=False)

    @property
    def venv(self) -> Path:
        """The private Python environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter that has all packages."""
        return self.venv / "bin" / "python"

    def prepare(self, *, tests: bool = False) -> None:
        """Do every step that is due; a second run beside us waits."""
        with self._alone():
            self.packages("requirements", *(["requirements-dev"] if tests else []))
            self.assets()
            self.catalogs()
            self.compile(*(self.root / name for name in ("service", "workers", "deploy")))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        place = self.root / "var"
        place.mkdir(exist_ok=True)
        with (place / "prepare.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def stamp(self, name: str, *inputs: Path) -> Stamp:
        """Return the stamp of a step."""
        return Stamp(self.venv / "stamps" / name, inputs)

    def packages(self, *locks: str) -> None:
        """Install what the locks name, each file checked against its hash."""
        self._environment()
        for lock in locks:
            file = self.root / "deploy" / f"{lock}.lock"
            stamp = self.stamp(lock, file)
            if not stamp.fresh():
                say(f"installing the packages of {file.name}")
                self._install(file)
                self.compile(self.venv / "lib")
                stamp.done()

    def compile(self, *folders: Path) -> None:
        """Compile Python once, or each of our processes would do it again at every start."""
        answers(self.python, "-m", "compileall", "-q", "-j", "0", *folders)

    def _environment(self) -> None:
        if self._environment_fits():
            return
        say("creating .venv")
        shutil.rmtree(self.venv, ignore_errors=True)
        # Debian and Ubuntu leave ensurepip out of python3, so pip works from outside.
        run(sys.executable, "-m", "venv", "--without-pip", self.venv)
        site = next(self.venv.glob("lib/python*/site-packages"))
        (site / "aixin.pth").write_text(f"{self.root}\n")
        launcher = self.venv / "bin" / "aixin"
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)

    def _environment_fits(self) -> bool:
        folder = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.python.exists() and (self.venv / "lib" / folder).is_dir()

    def _install(self, lock: Path) -> None:
        if uv := shutil.which("uv"):
            quick = (uv, "pip", "install", "-q", "--python", self.python, *PIP_OPTIONS, "-r", lock)
            if answers(*quick) is not None:
                return
        if answers(sys.executable, "-m", "pip", "--version") is None:
            sys.exit("pip is missing: install it (Debian, Ubuntu: apt install python3-pip).")
        # -qq: pip warns of the machine's own mirrors, which are none of our business.
        run(
            sys.executable, "-m", "pip", "--python", self.python, "install", "-qq",
            "--disable-pip-version-check", *PIP_OPTIONS, "-r", lock,
            env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_BREAK_SYSTEM_PACKAGES": "1"},
        )  # fmt: skip

    def node(self) -> dict[str, str]:
        """Return an environment whose PATH has Node.js and npm: the machine's, else a wheel's."""
        if self._node is None:
            self._node = self._npm_environment()
            if not _node_fits(self._node):
                say("no Node.js of at least 20.19 here: it comes into .venv")
                self.packages("requirements-node")
        return self._node

    def _npm_environment(self) -> dict[str, str]:
        found = {**os.environ, "PATH": f"{self.venv / 'bin'}:{os.environ.get('PATH', '')}"}
        if not os.access(Path.home(), os.W_OK):
            found["npm_config_cache"] = str(self.venv / "npm-cache")
        return found

    def assets(self) -> None:
        """Build the browser code with the locked npm packages."""
        web = self.root / "service" / "web"
        stamp = self.stamp("assets", *_sources(web / "assets"))
        if stamp.fresh() and (web / "static" / "dist" / "manifest.json").exists():
            return
        env = self.node()
        say("building the browser code")
        run(*NPM_CI, cwd=web / "assets", env=env)
        run("node", "build.mjs", cwd=web / "assets", env=env)
        stamp.done()

    def catalogs(self) -> None:
        """Compile the message catalogs."""
        locale = self.root / "service" / "locale"
        catalogs = sorted(locale.rglob("*.po"))
        stamp = self.stamp("catalogs", locale / "build.py", *catalogs)
        compiled = all((path.parent / "messages.mo").exists() for path in catalogs)
        if stamp.fresh() and compiled:
            return
        say("compiling the message catalogs")
        run(self.python, "-m", "service.locale.build")
        stamp.done()


def _node_fits(env: Mapping[str, str]) -> bool:
    node, npm = (shutil.which(name, path=env["PATH"]) for name in ("node", "npm"))
    if not node or not npm:
        return False
    said = answers(node, "--version", env=env)
    return said is not None and _version(said) >= NODE_MIN


def _version(said: str) -> tuple[int, ...]:
    return tuple(int(number) for number in said.strip().removeprefix("v").split(".")[:2])


def _sources(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "node_modules" not in path.relative_to(folder).parts
    )
