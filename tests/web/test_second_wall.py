"""With the application's own checks taken out, 高庄's secretary still sees no row of 富民.

The first wall is `require` and every view's list of communities. Here both are pulled down on
purpose: whoever is signed in may do everything everywhere. What is left are the policies.
"""

import json
import re

import pytest
from flask import Flask

from service.people import Caller, queries, rules
from service.web import access, callers
from tests.reports.conftest import Town, town
from tests.web.neighbours import crawl, text_of
from tests.web.test_readers import every_get, lived

__all__ = ["lived", "town"]
# Booklets and names of 富民's volunteers. Staff and shops are known to everybody.
MARK = re.compile(r"\bFM0(?!011)\d{3}\b|志愿者\d{3}")


@pytest.fixture
def addresses(lived: Town, app: Flask) -> dict[str, list[str]]:
    """Where people of 富民 are led to, while the first wall stands."""
    return crawl(lived.client, app, lived)


@pytest.fixture
def no_checks(lived: Town, addresses: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pull the first wall down: every office is everybody's, in every community."""
    everywhere = frozenset({"FM", "GZ", "FUMIN", "S01"})
    for place in (access, rules):
        monkeypatch.setattr(place, "authorised", lambda *_: True)
    monkeypatch.setattr(callers, "may", lambda *_: True)
    monkeypatch.setattr(Caller, "scopes", lambda *_: everywhere)
    under = "SELECT id FROM people_units WHERE kind = 'community' AND %(codes)s::text[] IS NOT NULL"
    monkeypatch.setattr(queries, "UNDER", under)


def test_without_the_application_s_checks_no_route_shows_a_row_of_the_others(
    lived: Town, addresses: dict[str, list[str]], app: Flask, no_checks: None
) -> None:
    told, answered = {}, 0
    lived.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    for path in sorted(every_get(app, addresses), key=lambda one: len(marks_in(one))):
        seen = marks_in(read(lived, path, "U-GZ"))
        answered += bool(seen)
        if beyond := seen - marks_in(path) - marks_in(read(lived, path)):
            told[path] = sorted(beyond)[:3]
    assert not told, json.dumps(told, indent=1, ensure_ascii=False)


def read(lived: Town, path: str, who: str = "") -> str:
    """Return what somebody reads there; a page that misses what is hidden may fail, not tell."""
    headers = lived.headers(who) if who else {}
    answer = lived.client.get(path, headers=headers, buffered=True)
    return text_of(answer) if answer.status_code == 200 else ""


def marks_in(text: str) -> set[str]:
    return set(MARK.findall(text))
