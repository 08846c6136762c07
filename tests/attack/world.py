"""富民 after a morning, with everybody who may come to its doors, and a code of every kind."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from service import passes, people, shops
from service.config import Settings
from service.db import Database
from tests.reports.conftest import Town

HOST = "https://aixin.example"
STAFF = ("U-ADM", "U-SEC", "U-SUP", "U-CH", "U-STR", "U-TOWN", "U-GZ")
VOLUNTEERS = ("FM0001", "FM0012", "FM0030")
TABLES = """SELECT schemaname || '.' || tablename FROM pg_tables
WHERE schemaname IN ('public', 'identity') AND tablename <> 'alembic_version' ORDER BY 1"""


@dataclass
class World:
    """The neighbourhood, its callers by name ("" is nobody), and what can be scanned there."""

    town: Town
    app: Flask
    database: Database
    settings: Settings
    tokens: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)

    @property
    def keys(self) -> passes.Keyring:
        return passes.keyring(self.settings.secret_key, self.settings.public_url)

    @property
    def callers(self) -> list[str]:
        return ["", *self.tokens]

    def client(self) -> FlaskClient:
        """A caller of its own, for another thread."""
        return self.app.test_client(use_cookies=False)

    def headers(self, who: str, **more: str) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return {"Accept-Language": "en", **own, **more}


def settle(world: World) -> World:
    """Sign everybody in, pair a till and a gate for each side, and collect codes."""
    town = world.town
    for who in (*STAFF, *VOLUNTEERS):
        world.tokens[who] = town.headers(who)["Authorization"].removeprefix("Bearer ")
    world.database.atomic(lambda session: pair(session, world))
    world.codes = collect(world)
    return world


def pair(session: Session, world: World) -> None:
    """Pair tills of two shops and gates of two communities."""
    now = world.town.clock.now()
    for shop in ("S01", "S02"):
        row = shops.shop(session, shop)
        given = {"shop_id": row.id, "community_id": row.community_id}
        tablet = people.pair_device(session, name=shop, paired_by="staff:U-CH", now=now, **given)
        world.tokens[f"till:{shop}"] = tablet[1]
    for community in ("FM", "GZ"):
        place = people.unit(session, community)
        tablet = people.pair_device(
            session, name=community, paired_by="staff:U-ADM", now=now, community_id=place.id
        )
        world.tokens[f"gate:{community}"] = tablet[1]


def collect(world: World) -> list[str]:
    """Return the address of a genuine code of every kind, and of one that was made up."""
    town, now = world.town, world.town.clock.now()
    found = [town.cards["FM0002"], town.cards["FM0001"]]
    own = world.client().get("/api/v1/me/passes", headers=world.headers("FM0001")).json
    found += [one["url"] for one in own["codes"][:2]]
    found += [onsite(world), passes.poster_url(world.keys, "A1"), f"{HOST}/m/S01"]
    ticket = world.client().post(
        "/api/v1/till/tickets",
        json={"good": "S01-G2"},
        headers=world.headers("till:S01", **{"Idempotency-Key": "TICKET-1"}),
    )
    assert ticket.status_code == 201, ticket.text
    claim = town.call("U-CH", "POST", "/api/v1/tills/claims", json={"shop": "S02"})
    assert now == town.clock.now()
    made_up = ("/c/00000000000000", "/p/a.1.b", "/s/a1.1.x", "/e/none", "/r/0000000000000", "/m/no")
    made_up += ("/v/1.1", "/b/0000", "/d/0000", "/t/x", "/st/x", "/q/x", "/calendar/mine/x.ics")
    paths = [one.removeprefix(HOST) for one in (*found, ticket.json["url"], claim["url"])]
    return [*paths, *made_up]


def onsite(world: World) -> str:
    """Return what the leader's screen shows at this moment."""
    now = world.town.clock.now()
    sql = "SELECT onsite_secret FROM activities WHERE code = 'A1'"
    secret = (world.database.call(sql) or {})["onsite_secret"]
    return passes.onsite_code(world.keys, secret, "A1", at=now).url


def digests(admin: psycopg.Connection, without: dict[str, set[str]]) -> dict[str, str]:
    """Return a digest of every table, some of their columns left out; "*" leaves it out whole."""
    found = {}
    for (table,) in admin.execute(TABLES.encode()).fetchall():
        left = without.get(table, set())
        if "*" in left:
            continue
        minus = "".join(f" - '{one}'" for one in sorted(left))
        sql = f"SELECT (to_jsonb(t){minus})::text FROM {table} t ORDER BY 1"
        rows = admin.execute(sql.encode()).fetchall()
        found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Do the same from as many threads at once; return what each heard."""
    with ThreadPoolExecutor(times) as threads:
        return [one.result() for one in [threads.submit(act, n) for n in range(times)]]
