"""A town whose volunteers may have e-mail, and the server that takes it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from service import inbox
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.inbox.channels import Channel
from service.inbox.channels.smtp import Smtp
from service.inbox.posting import Post
from service.web.app import create_app
from tests.activities.town import NOW, Api, Town, build
from tests.inbox.mailserver import Mailbox, mail_server

SENDER = "Aixin <aixin@aixin.example>"
MINE = "reader@mail.example"
MOVED = inbox.Message(
    "activity_moved",
    "moved:A1:1",
    {"title": "Clean yard", "place": "Yard 2", "starts_at": "2025-10-18T01:30:00+00:00"},
    "/activities/A1",
)
POINTS = inbox.Message(
    "awards_posted", "posted:1", {"points": 15, "title": "x", "minutes": 90, "day": "2025-10-18"}
)


class Bench:
    """A town whose volunteers may have e-mail, and the server that takes it."""

    def __init__(self, town: Town, client: FlaskClient, server: tuple[Mailbox, str, Any]) -> None:
        self.town, self.client = town, client
        self.mailbox, self.url, self.trusted = server

    def api(self, who: str) -> Api:
        return Api(self.client, self.town.tokens[who])

    def put(self, who: str, address: str, status: int = 200) -> Any:
        answer = self.api(who).call("PUT", "/me/notices/email", {"address": address})
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def post(self, channel: Channel | None = None) -> dict[str, int]:
        """Send what is due, as the worker does."""
        way = channel or Smtp(self.url, SENDER, trusted=self.trusted)
        given = (self.town.database, {"email": way}, "https://aixin.example")
        return Post(*given, self.town.settings.secret_key, self.town.clock.now).run()

    def link(self, mail: EmailMessage) -> str:
        """The path of the first link in a mail."""
        found = re.search(r"https://\S+", mail.get_content())
        assert found is not None
        return urlsplit(found[0]).path

    def join(self, who: str, address: str = MINE) -> None:
        """Enter an address and confirm it from its mailbox."""
        self.put(who, address)
        self.post()
        answer = self.client.post(self.link(self.mailbox.mails.pop()))
        assert answer.status_code == 200

    def tell(self, message: inbox.Message, *whom: str) -> int:
        ids = [self.town.volunteer(code).id for code in whom]
        return int(self.town.run(inbox.tell, volunteer_ids=ids, message=message, now=NOW))

    def statuses(self) -> list[str]:
        rows = self.town.database.rows("SELECT status FROM inbox_deliveries ORDER BY id")
        return [row["status"] for row in rows]

    def later(self, **how_long: int) -> None:
        self.town.clock.set(self.town.clock.now() + timedelta(**how_long))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mailbox, str, Any]]:
    with mail_server(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture(scope="module")
def mailing(settings: Settings, pool: Database) -> Flask:
    """The application where e-mail is set up."""
    given = replace(settings, smtp_url="smtp://mail.example", mail_from=SENDER)
    app = create_app(given, database=pool)
    app.testing = True
    return app


@pytest.fixture
def bench(
    mailing: Flask,
    database: Database,
    settings: Settings,
    clock: Clock,
    redis: Redis,
    server: tuple[Mailbox, str, Any],
) -> Bench:
    server[0].mails.clear()
    server[0].answers.clear()
    server[0].encrypted.clear()
    return Bench(build(database, settings, clock), mailing.test_client(), server)
