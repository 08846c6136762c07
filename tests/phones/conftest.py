"""A neighbourhood, a recorder at the desk, and phones that scan what stands there."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import passes, people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.phones import actions
from service.phones.actions import Asking, Bound, Offer, Wish
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import bearer


@dataclass
class Desk:
    """What the tests stand on, and shorthand for what people do."""

    database: Database
    settings: Settings
    clock: Clock
    app: Flask
    client: FlaskClient
    recorder: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> passes.Keyring:
        return passes.keyring(self.settings.secret_key, self.settings.public_url)

    def run(self, work: Callable[..., Any], **given: Any) -> Any:
        return self.database.atomic(partial(work, **given))

    def one(self, sql: str, **params: Any) -> Any:
        row = self.database.call(sql, params)
        return next(iter(row.values())) if row else None

    def owner(self, session: Any, code: str = "EA0001") -> people.Volunteer:
        return people.volunteer(session, code)

    def offer(self, code: str = "EA0001", *, days: int | None = None, key: str = "") -> Offer:
        """Make a code at the desk; with days, one for a relative's phone."""
        until = self.clock.now().date() + timedelta(days=days) if days is not None else None
        wish = Wish(key or uuid4().hex, "staff:R-EA", until)

        def work(session: Any) -> Offer:
            owner = people.volunteer(session, code)
            return actions.claim(session, self.keys, owner, wish=wish, now=self.clock.now())

        return self.database.atomic(work)

    def bind(self, offer: Offer, *, nonce: str = "", replaces: str = "") -> Bound:
        """Type the digits on a phone."""
        tail = offer.url.rsplit("/", 1)[-1]
        asking = Asking(tail, offer.digits, nonce or uuid4().hex, replaces)
        return self.run(actions.bind, keys=self.keys, asking=asking, now=self.clock.now())

    def phone(self, code: str = "EA0001") -> dict[str, str]:
        """Bind a new phone and return the header that speaks for it."""
        return bearer(self.bind(self.offer(code)).token)

    def post(self, path: str, form: dict[str, str] | None = None) -> TestResponse:
        return self.client.post(f"{path}?lang=en", data=form or {}, headers=self.recorder)

    def codes(self, phone: dict[str, str]) -> TestResponse:
        return self.client.get("/api/v1/me/passes", headers=phone)

    def standing(self, phone: dict[str, str]) -> str:
        """Say whom the phone's code identifies at this moment, or why nobody."""
        url = self.codes(phone).json["codes"][0]["url"]
        return self.seen(url)

    def seen(self, url: str) -> str:
        found = passes.resolve(self.database, self.keys, url, at=self.clock.now())
        return found.reason if isinstance(found, passes.Unreadable) else found.status

    def ids(self, code: str = "EA0001") -> list[int]:
        rows = self.database.rows(
            "SELECT b.id FROM passes_bindings b JOIN people_volunteers v ON v.id = b.volunteer_id"
            " WHERE v.code = %(code)s AND b.revoked_at IS NULL AND b.place > 0 ORDER BY b.place",
            {"code": code},
        )
        return [row["id"] for row in rows]

    def acts(self) -> list[str]:
        return [row["action"] for row in self.database.rows("SELECT action FROM trail_records", {})]


@pytest.fixture
def desk(
    app: Flask, client: FlaskClient, database: Database, settings: Settings, clock: Clock
) -> Desk:
    database.atomic(neighbourhood.build)
    made = Desk(database, settings, clock, app, client)
    made.recorder = bearer(neighbourhood.staff_token(database, "R-EA", now=NOON))
    return made


def shown(page: TestResponse) -> tuple[str, str]:
    """Return the path and the digits that a page shows for a phone."""
    url = re.search(r"<code>https://aixin\.example(/b/[a-z2-7]{20})</code>", page.text)
    digits = re.search(r'class="num big">(\d{4})<', page.text)
    assert url is not None, page.text
    assert digits is not None
    return url[1], digits[1]


def nonce_of(page: TestResponse) -> str:
    """Return the number of a binding page."""
    found = re.search(r'name="nonce" value="([0-9a-f]{32})"', page.text)
    assert found is not None
    return found[1]
