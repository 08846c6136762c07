"""Two communities of one programme with something in most tables, and every address of 富民."""

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pypdf
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import (
    AnyConverter,
    BaseConverter,
    IntegerConverter,
    RequestRedirect,
    Rule,
)
from werkzeug.test import TestResponse

from tests.reports.conftest import Town

HREF = re.compile(r'(?:href|action|src)="(/[^"#]*)"')
# FM0011 stands as the example beside every field for a number.
MARK = re.compile(r"\bFM0(?!011)\d{3}\b|志愿者\d{3}|\bU-(?:SEC|ADM|SUP|GRID|CH)\b|会员店\d\d")
PEOPLE = ("U-SEC", "U-CH", "FM0012")
PAGES_A_RULE = 1  # the second page of a kind tells nothing that the first did not
NEVER = ("/sign-out", "/static", "/api/v1/clock")
# What stands in an address after these words, where no page leads to such an address.
THINGS = {"activities": "A1", "shops": "S01", "volunteers": "FM0001", "awards": "M-2"}
THINGS |= {"accounts": "volunteer:FM0001", "community": "FM", "month": "2025-10"}
THINGS |= {"statements": "volunteer", "day": "2025-10-18", "records": "FM0001", "people": "FM0001"}
THINGS |= {
    "draws": "FM",
    "sampling": "FM",
    "closing": "S01",
    "shop": "S01",
    "redemptions": "SALE-1",
}


def crawl(client: FlaskClient, app: Flask, town: Town) -> dict[str, list[str]]:
    """Follow every link that people of 富民 are shown; return addresses by method and endpoint."""
    found: dict[str, list[str]] = {}
    for who in PEOPLE:
        headers, queue, seen = town.headers(who), ["/", "/desk", "/home", "/activities"], set()
        while queue:
            path = queue.pop(0)
            if path in seen or not wanted(app, path, found, seen):
                continue
            seen.add(path)
            asked = f"{path}{'&' if '?' in path else '?'}lang=en"
            answer = client.get(asked, headers=headers, buffered=True)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                queue += links(app, answer.text, found)
            elif answer.status_code in {302, 303}:
                queue.append(urlsplit(answer.headers["Location"]).path)
    return found


def links(app: Flask, text: str, found: dict[str, list[str]]) -> list[str]:
    """Return where a page leads; what its forms are sent to is only noted."""
    for action in re.findall(r'<form[^>]*action="(/[^"]*)"', text):
        for method in ("POST", "GET"):
            if door := door_of(app, method, urlsplit(unescape(action)).path):
                note(found, door, unescape(action))
    return [unescape(one) for one in HREF.findall(text) if not one.startswith(NEVER)]


def wanted(app: Flask, path: str, found: dict[str, list[str]], seen: set[str]) -> bool:
    """Tell whether an address is one of ours and of a kind that was not seen often yet."""
    door = door_of(app, "GET", urlsplit(path).path)
    if door is None or path.startswith(NEVER):
        return False
    note(found, door, path)
    return sum(door_of(app, "GET", urlsplit(one).path) == door for one in seen) < PAGES_A_RULE


def note(found: dict[str, list[str]], door: str, path: str) -> None:
    """Keep the first addresses of each door."""
    known = found.setdefault(door, [])
    if path not in known and len(known) < PAGES_A_RULE * 2:
        known.append(path)


def door_of(app: Flask, method: str, path: str) -> str | None:
    """Name the view that answers an address, if one does."""
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except (HTTPException, RequestRedirect):
        return None
    return f"{method} {endpoint}"


def borrowed(app: Flask, rule: Rule) -> str:
    """Build an address of a rule, of a thing of 富民 where its words tell which."""
    words = re.split(r"[/<>]+", rule.rule)
    given: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        at = next(n for n, word in enumerate(words) if word.rpartition(":")[2] == name)
        drawn = isinstance(converter, (IntegerConverter, AnyConverter))
        known = THINGS.get(name) or THINGS.get(words[at - 1])
        given[name] = known if known and not drawn else sample(converter)
    return app.url_map.bind("").build(rule.endpoint, {**given, **(rule.defaults or {})})


def address(app: Flask, rule: Rule) -> str:
    """Build an address that the route takes, of things that need not exist."""
    given = {name: sample(rule._converters[name]) for name in rule.arguments}
    return app.url_map.bind("").build(rule.endpoint, {**given, **(rule.defaults or {})})


def sample(converter: BaseConverter) -> str | int:
    """A value that a converter takes."""
    if isinstance(converter, IntegerConverter):
        return 1
    found = re.search(r"\(\?:([^|)]+)", converter.regex)  # the first of <any(…)>
    return found[1] if isinstance(converter, AnyConverter) and found else "x"


def doors(app: Flask, *methods: str) -> Iterator[tuple[str, Rule]]:
    """Every route with each of these methods that it takes."""
    for rule in app.url_map.iter_rules():
        for method in methods:
            if method in (rule.methods or ()):
                yield method, rule


def text_of(answer: TestResponse) -> str:
    """Return what a reader can read of an answer, inside workbooks, archives and papers too."""
    data = answer.data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return "\n".join(parts.read(one).decode("utf-8", "replace") for one in parts.namelist())
    if data[:4] == b"%PDF":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    return data.decode("utf-8", "replace")


def marks_in(text: str) -> set[str]:
    """Return what in a text tells of 富民: booklets, names, staff, shops."""
    return set(MARK.findall(text))
