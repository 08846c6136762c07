"""The house rules that a machine can check. Change them here, on purpose, or not at all."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("service/**/*.py"), *ROOT.glob("workers/**/*.py")])
LAUNCHERS = sorted(ROOT.glob("deploy/*.py"))

FUNCTION_LINES_MAX = 50
FUNCTION_LINES_P90 = 25
FUNCTION_LINES_MEDIAN = 8
FILE_LINES_MAX = 400
FILE_LINES_P90 = 250
NESTING_MAX = 3

# Who must not import whom: the first pattern that fits a file lists what it may never import.
FORBIDDEN = [
    # A stranger runs it with an exported file alone: the standard library and `cryptography`.
    (
        r"service/proof/",
        rf"(?!(?:{'|'.join(sorted(sys.stdlib_module_names))}|cryptography|service)\b)\w+"
        r"|service\.(?!proof)\w+",
    ),
    # It says with the same bytes what it signs and what a stranger will check.
    (
        r"service/ledger/",
        r"flask|marshmallow|rq|redis|workers|service\.(?!db|clock|errors|i18n|ledger|proof)\w+",
    ),
    (r"service/\w+/rules\.py", r"flask|marshmallow|rq|redis|sqlmodel|sqlalchemy|workers"),
    (r"service/\w+/routes", r"rq|redis|sqlalchemy|workers"),
    (r"service/web/(limits|health|app)\.py", r"rq|workers"),
    (r"service/web/", r"rq|redis|workers"),
    (r"service/wsgi\.py", r"flask|flask_smorest|rq|redis"),  # the entry joins both sides
    (r"service/", r"flask|flask_smorest|rq|redis|workers"),
    (r"workers/", r"flask|flask_smorest|marshmallow|service\.web|service\.\w+\.(routes|schemas)"),
]

# A slice may use the slices of the lines above its own, and only what their __init__ offers.
# Within the second line, people stands on programmes, accounts on people, passes on all of them,
# and messages reach people.
RANKS = {
    "proof": -1,
    "ledger": 0,
    "outbox": 0,
    "live": 0,
    "trail": -0.5,
    "files": 0,
    "programmes": 1.0,
    "people": 1.1,
    "accounts": 1.15,
    "consents": 1.16,
    "passes": 1.2,
    "phones": 1.25,
    "inbox": 1.3,
    "activities": 2.0,
    "shops": 2.1,
    "matters": 2.2,
    "records": 2.3,
    "certificates": 2.4,
    "redemptions": 3,
    "evidence": 3.5,
    "reconciliation": 4.0,
    "batches": 4.05,
    "settlement": 4.1,
    "board": 4.2,
    "reports": 4.3,
    "audit": 4.35,
    "sampling": 4.36,
    "cases": 4.4,
    "notices": 4.45,
    "webhooks": 4.5,
    "desk": 4.65,
    "packs": 4.6,
    "wall": 4.61,
    "compare": 4.66,
    "privacy": 4.68,
    "operations": 4.7,
    "seed": 5,
}

BANNED = {
    r"\.commit\(": "transactions end in Database.atomic",
    r"\.rollback\(": "transactions end in Database.atomic",
    r"utcnow\(\)|datetime\.now\(|date\.today\(": "take `now` as an argument",
    r"os\.environ": "settings are passed in",
    r"except Exception": "name the failure you expect",
    r"\bfloat\(": "points and fen are whole numbers",
    r"https?://(?!host|www\.w3\.org|127\.0\.0\.1)\w": "nothing is loaded from another host",
}
ALLOWED = {
    "service/clock.py": {r"utcnow\(\)|datetime\.now\(|date\.today\("},
    "service/wsgi.py": {r"os\.environ"},
    "service/cli.py": {r"os\.environ"},
    "workers/runtime.py": {r"os\.environ"},
    "workers/main.py": {r"os\.environ"},
    "workers/relay.py": {r"os\.environ"},
    "workers/cron.py": {r"os\.environ"},
    # Whatever a consumer raises is written down, and only what says nothing of it goes on.
    "workers/delivery.py": {r"except Exception"},
    # The name of the language in which schemas are written; nothing is loaded from there.
    "service/outbox/catalogue/registry.py": {r"https?://(?!host|www\.w3\.org|127\.0\.0\.1)\w"},
}
NAMELESS = {"util", "utils", "helpers", "common", "base", "misc"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: no relative imports"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_lines(function: ast.FunctionDef) -> int:
    """Lines of the body without its docstring: what has to be understood at once."""
    assert function.end_lineno is not None
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def depth(node: ast.AST, level: int = 0) -> int:
    blocks = (ast.If, ast.For, ast.While, ast.With, ast.Try)
    return max(
        (depth(child, level + isinstance(child, blocks)) for child in ast.iter_child_nodes(node)),
        default=level,
    )


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_point_inwards(path: Path) -> None:
    rules = [never for place, never in FORBIDDEN if re.match(place, name(path))]
    wrong = [found for found in imports(path) if rules and re.match(f"({rules[0]})(\\.|$)", found)]
    assert not wrong, f"{name(path)} must not import {wrong}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_slices_use_only_lower_slices_through_the_front_door(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    own = parts[1] if parts[0] == "service" and len(parts) > 2 else ""
    for found in imports(path) if own in RANKS else ():
        package, *rest = found.split(".")[1:] or [""]
        if found.startswith("service.") and package in RANKS and package != own:
            assert RANKS[package] < RANKS[own], f"{own} must not use {package}"
            assert len(rest) <= 1, f"{name(path)} reaches into {found}"


@pytest.mark.parametrize("path", [*SOURCES, *LAUNCHERS], ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= FILE_LINES_MAX
    for function in functions(path):
        assert own_lines(function) <= FUNCTION_LINES_MAX, function.name
        assert depth(function) <= NESTING_MAX, f"{function.name} is nested too deep"


def test_most_functions_fit_in_one_look() -> None:
    sizes = sorted(own_lines(function) for path in SOURCES for function in functions(path))
    assert statistics.median(sizes) <= FUNCTION_LINES_MEDIAN
    assert sizes[int(len(sizes) * 0.9)] <= FUNCTION_LINES_P90


def test_most_files_fit_in_a_few_screens() -> None:
    sizes = sorted(path.read_text("utf-8").count("\n") for path in SOURCES)
    assert sizes[int(len(sizes) * 0.9)] <= FILE_LINES_P90


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_banned(path: Path) -> None:
    for pattern, reason in BANNED.items():
        exempt = pattern in ALLOWED.get(name(path), set())
        assert exempt or not re.search(pattern, path.read_text("utf-8")), f"{pattern}: {reason}"
    assert path.stem not in NAMELESS, "name the thing"


def test_the_top_level_is_what_was_agreed() -> None:
    agreed = {"pyproject.toml", "service", "workers", "templates", "tests", "deploy", "README.md"}
    beside = {"LICENSE", "CHANGELOG.md", "var", "node_modules"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert agreed - found == set()
    assert found - agreed - beside == set()
