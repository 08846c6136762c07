"""Every id in every address, asked by somebody of another community, shop or household.

Generated from the routes: whoever adds one with an id, a key or a code in it is asked here too.
"""

import json
import re
from typing import Any

import psycopg
import pytest
from redis import Redis

from service.web.api import StrictParser
from tests.attack.world import World, digests
from tests.web.neighbours import borrowed, crawl, doors, marks_in, text_of
from tests.web.test_readers import FORM, OWN, READS, REFUSED, anything

# Who asks, and whose the things are of which nothing may be told: all of them are 富民's.
NEIGHBOURS = ("U-GZ", "gate:GZ", "till:S02", "FM0030")
SEEN = {"public.people_devices": {"last_seen_at"}, "public.trail_records": {"*"}}
# What belongs to whoever asks: shops of one association, and what a volunteer may see of others.
THEIRS = {"till:S02": {"会员店02"}, "FM0030": {"FM0030"}}
# What looks like a thing of others in the address and is one's own, and why.
OWN_DEEDS = {
    # A void of a key that the shop does not know is kept: the sale may be on its way.
    "till:S02": r"/api/v1/redemptions/[^/]+/void",
    # A day is each community's own; kinds of honours are their programme's.
    "U-GZ": r"/desk/reconciliation/[^/]+/(runs|close)|/desk/honours/kinds/1/end",
    # Everybody may sign up and arrive, for oneself.
    "FM0030": r"(/api/v1)?/me/.*|(/api/v1)?/activities/A1/(signups|here|\w*sign\w*)",
}
SPOILED = 500


@pytest.fixture(scope="module")
def addresses(world: World) -> dict[str, list[str]]:
    """Where people of 富民 are led to, by door; made up where no page leads there."""
    known = crawl(world.town.client, world.app, world.town)
    found: dict[str, list[str]] = {}
    for method, rule in doors(world.app, "GET", "POST", "PUT", "PATCH", "DELETE"):
        if rule.arguments and rule.endpoint != "static":
            door = f"{method} {rule.endpoint}"
            found[door] = known.get(door) or [borrowed(world.app, rule)]
    return found


def test_there_are_many_routes_with_an_id(addresses: dict[str, list[str]]) -> None:
    assert len(addresses) > 200


def shown(world: World, path: str, who: str) -> set[str]:
    """What of 富民 somebody reads there."""
    answer = world.client().get(path, headers=world.headers(who), buffered=True)
    assert answer.status_code < SPOILED, path
    return marks_in(text_of(answer)) if answer.status_code == 200 else set()


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_nothing_is_told_of_a_thing_of_others(
    world: World, addresses: dict[str, list[str]], who: str, redis: Redis
) -> None:
    told: dict[str, Any] = {}
    paths = [one for door, all_ in addresses.items() if door.startswith("GET") for one in all_]
    for path in paths:
        seen = shown(world, path, who) - marks_in(path) - THEIRS.get(who, set())
        redis.delete("limit:strangers:127.0.0.1")
        if seen and (beyond := seen - shown(world, path, "")):
            told[path] = sorted(beyond)[:3]
    assert not told, json.dumps(told, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_nothing_of_others_is_changed(
    world: World, addresses: dict[str, list[str]], who: str, admin: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(world.app.config, "PROPAGATE_EXCEPTIONS", False)
    before, heard = digests(admin, SEEN), {}
    for door, paths in addresses.items():
        method, endpoint = door.split()
        if method == "GET" or endpoint in OWN | READS:
            continue
        if re.fullmatch(OWN_DEEDS.get(who, ""), paths[0]):
            continue
        status = send(world, method, paths[0], who, monkeypatch)
        if status not in REFUSED:
            heard[f"{method} {paths[0]}"] = status
    changed = [table for table, said in digests(admin, SEEN).items() if said != before[table]]
    assert (heard, changed) == ({}, [])


def send(world: World, method: str, path: str, who: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Send what any schema takes; and nothing at all where a view stumbles over that."""
    headers = world.headers(who, **{"Idempotency-Key": "K-1"})
    with monkeypatch.context() as filled:
        filled.setattr(StrictParser, "parse", anything)
        answer = world.client().open(path, method=method, headers=headers, data=FORM)
    if answer.status_code == SPOILED:
        answer = world.client().open(path, method=method, headers=headers, json={})
    return answer.status_code
