"""Find an hledger for the tests, or bring Debian's: installed for root, else unpacked in .venv."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from deploy.prepare import Checkout, answers, say

APT = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "hledger")


def find_hledger(checkout: Checkout) -> str | None:
    """Return an hledger that runs, or None where there is no Debian to take it from."""
    return _installed(checkout) or _from_apt(checkout) or _unpacked(checkout)


def _installed(checkout: Checkout) -> str | None:
    own = checkout.venv / "hledger" / "usr" / "bin" / "hledger"
    for name in filter(None, (os.environ.get("HLEDGER"), "hledger", str(own))):
        program = shutil.which(name)
        if program and answers(program, "--version") is not None:
            return program
    return None


def _from_apt(checkout: Checkout) -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get") or os.environ.get("NO_APT"):
        return None
    say("installing Debian's hledger")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Lists that are there already are new enough more often than not.
    for command in (APT, ("apt-get", "update", "-qq"), APT):
        if answers(*command, env=env) is not None and (found := _installed(checkout)):
            return found
    return None


def _unpacked(checkout: Checkout) -> str | None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return None
    say("unpacking Debian's hledger")
    folder = checkout.venv / "hledger"
    shutil.rmtree(folder, ignore_errors=True)
    options = _own_apt(folder)
    answers("apt-get", *options, "update")
    # apt-get download writes into the folder that it is called in.
    answers("sh", "-c", 'cd "$0" && exec apt-get "$@"', folder, *options, "download", "hledger")
    for package in folder.glob("hledger_*.deb"):
        answers("dpkg-deb", "-x", package, folder)
        package.unlink()
    shutil.rmtree(folder / "apt")
    return _installed(checkout)


def _own_apt(folder: Path) -> list[str]:
    """Return what makes apt-get keep its lists in our folder, where no root is needed."""
    lists, cache = folder / "apt" / "lists", folder / "apt" / "cache"
    for place in (lists / "partial", cache / "archives" / "partial"):
        place.mkdir(parents=True)
    said = {"Dir::State::Lists": lists, "Dir::Cache": cache, "APT::Sandbox::User": ""}
    return ["-qq", *(word for name, value in said.items() for word in ("-o", f"{name}={value}"))]
