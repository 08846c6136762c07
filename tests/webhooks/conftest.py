"""A market, whose programme has a partner that is told of what happens."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from service import outbox, webhooks
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.webhooks import actions
from service.webhooks.models import Delivery, Endpoint
from tests.outbox.samples import sample
from tests.shops.market import Market, build
from tests.webhooks.partner import Partner, serving

MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)
OWN = webhooks.networks(["127.0.0.0/8"])


@dataclass
class Office:
    """Shorthand for what happens between us and a partner."""

    market: Market
    partner: Partner
    clock: Clock
    signing: webhooks.Signing = field(
        default_factory=lambda: webhooks.Signing("k" * 32, "https://aixin.example")
    )

    @property
    def database(self) -> Database:
        return self.market.database

    def open(self, *types: str, url: str | None = None) -> Endpoint:
        wanted = actions.Wanted("City", url or self.partner.url, types or ("ShopAdmitted",))
        made = partial(actions.found, programme_id=self.market.programme_id, wanted=wanted)
        return self.database.atomic(partial(made, own=OWN, actor="staff:U-ADMIN", now=MORNING))

    def tell(self, *subjects: str, kind: str = "ShopAdmitted") -> list[int]:
        """Publish events of shops and relay them."""

        def work(session: Session) -> list[int]:
            events = [
                outbox.publish(
                    session,
                    kind,
                    f"shop:{one}",
                    sample(kind, shop=one, reason="a name"),
                    now=MORNING,
                )
                for one in subjects
            ]
            session.flush()
            webhooks.fan_out(session, events, now=MORNING)
            return [event.id or 0 for event in events]

        return self.database.atomic(work)

    def send(self, after: timedelta = timedelta(), own: Any = OWN) -> int:
        self.clock.set(MORNING + after)
        return webhooks.Sender(self.database, self.signing, own, clock=self.clock).send_due()

    def endpoint(self) -> Endpoint:
        return self.database.atomic(lambda session: session.exec(select(Endpoint)).one())

    def deliveries(self) -> list[Delivery]:
        asked = select(Delivery).order_by(Delivery.id)
        return self.database.atomic(lambda session: list(session.exec(asked).all()))

    def standings(self) -> list[tuple[str, int]]:
        return [(one.status, one.attempts) for one in self.deliveries()]

    def log(self) -> list[dict[str, Any]]:
        return self.database.rows("SELECT * FROM webhooks_attempts ORDER BY id")


@pytest.fixture
def partner() -> Iterator[Partner]:
    with serving(Partner()) as found:
        yield found


@pytest.fixture
def office(
    client: FlaskClient,
    database: Database,
    settings: Settings,
    clock: Clock,
    partner: Partner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    market = build(database, settings, clock, client)
    allowed = replace(settings, webhook_networks=("127.0.0.0/8",))
    monkeypatch.setitem(client.application.extensions, "aixin.settings", allowed)
    return Office(market, partner, Clock(tmp_path / "machine"))
