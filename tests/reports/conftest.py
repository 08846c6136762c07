"""The demo neighbourhood, loaded, with people who can sign in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import passes, seed
from service.clock import Clock
from service.config import Settings
from service.db import Database

FUMIN = Path(__file__).parents[2] / "deploy/demo/fumin.json"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Town:
    """A loaded neighbourhood behind HTTP."""

    client: FlaskClient
    clock: Clock
    cards: dict[str, str]  # booklet -> what its QR says
    tokens: dict[str, str] = field(default_factory=dict)

    def at(self, time: str, day: str = "2025-10-18") -> None:
        self.clock.set(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=SHANGHAI))

    def call(self, who: str, method: str, path: str, **given: Any) -> Any:
        answer = self.client.open(path, method=method, headers=self.headers(who), **given)
        assert answer.status_code < 300, answer.text
        return answer.json

    def page(self, who: str, path: str, language: str = "en") -> str:
        answer = self.client.get(f"{path}{'&' if '?' in path else '?'}lang={language}",
                                 headers=self.headers(who))  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.text

    def headers(self, who: str) -> dict[str, str]:
        if who not in self.tokens:
            staff = {"login": who, "password": "aixin-demo"}
            body = staff if who.startswith("U-") else {"booklet": who, "pin": who[-4:]}
            self.tokens[who] = self.client.post("/api/v1/sessions", json=body).json["token"]
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def scan(self, leader: str, person: str, action: str, nonce: str) -> Any:
        body = {"code": self.cards[person], "activity": "A1", "action": action, "nonce": nonce}
        return self.call(leader, "POST", "/api/v1/scans", json=body)


@pytest.fixture
def town(database: Database, app: Flask, clock: Clock, settings: Settings) -> Town:
    """The 富民 data set, loaded the evening before its Saturday."""
    return load(database, app, clock, settings)


def load(database: Database, app: Flask, clock: Clock, settings: Settings) -> Town:
    """Load the 富民 data set into an empty database."""
    keys = passes.keyring(settings.secret_key, settings.public_url)
    loaded = seed.load(
        database, seed.read(FUMIN.read_text("utf-8")), seed.Loader(keys, clock.now(), demo=True)
    )
    client = app.test_client(use_cookies=False)  # who asks is said with every request
    return Town(client, clock, {card.booklet: card.url for card in loaded.cards})


@pytest.fixture
def served(town: Town) -> Callable[[str], Any]:
    """Let somebody serve the whole of Saturday's clean-up and be confirmed by its leader."""

    def serve(person: str) -> Any:
        town.at("08:00")
        assert town.scan("FM0012", person, "in", f"in-{person}")["status"] == "ok"
        town.at("10:00")
        assert town.scan("FM0012", person, "out", f"out-{person}")["status"] == "ok"
        town.at("10:20")
        path = "/api/v1/activities/A1/confirmations"
        return town.call("FM0012", "POST", path, json={"volunteer": person})

    return serve
