"""GET changes nothing: every code and every page, opened by everybody, leaves every row as it was.

Links are prefetched, previewed by chats and forwarded; whoever opens one must have done nothing.
"""

import json

import psycopg
import pytest
from redis import Redis

from tests.attack.world import World, digests
from tests.web.neighbours import borrowed, crawl, doors

# What may differ after reading, and why.
BESIDE = {
    "public.trail_records": {"*"},  # that somebody looked is written down on purpose
    "public.people_devices": {"last_seen_at"},  # a tablet is seen once an hour
}

READERS = ("", "FM0001", "U-SEC", "U-CH", "till:S01", "gate:FM")


@pytest.fixture(scope="module")
def addresses(world: World) -> list[str]:
    """Every code, and an address of every route that is read."""
    known = crawl(world.town.client, world.app, world.town)
    found = [path for door, paths in known.items() if door.startswith("GET") for path in paths]
    found += [borrowed(world.app, rule) for _, rule in doors(world.app, "GET")]
    return list(dict.fromkeys([*world.codes, *found]))


def test_no_code_and_no_page_changes_a_row(
    world: World, addresses: list[str], admin: psycopg.Connection, redis: Redis
) -> None:
    assert len(addresses) > 200
    changed, spoiled, client = set(), [], world.client()
    before = digests(admin, BESIDE)
    for who in READERS:
        headers = world.headers(who)
        for path in addresses:
            redis.delete("limit:strangers:127.0.0.1")
            answer = client.get(path, headers=headers, buffered=True)
            spoiled += [(who, path)] * (answer.status_code == 500)
        after = digests(admin, BESIDE)
        changed |= {f"{who or 'nobody'} {one}" for one in after if after[one] != before[one]}
        before = after
    assert spoiled == []
    assert not changed, json.dumps(sorted(changed), indent=1)


def test_a_prefetch_a_preview_and_a_head_change_nothing_either(
    world: World, admin: psycopg.Connection, redis: Redis
) -> None:
    before, client = digests(admin, BESIDE), world.client()
    for who in ("", "FM0001", "U-SEC", "till:S01"):
        for path in world.codes:
            redis.delete("limit:strangers:127.0.0.1")
            client.head(path, headers=world.headers(who))
            headers = world.headers(who, Purpose="prefetch", **{"Sec-Purpose": "prefetch"})
            client.get(f"{path}?utm_source=chat", headers=headers)
    assert digests(admin, BESIDE) == before


def test_a_code_refuses_what_would_be_a_change(world: World, admin: psycopg.Connection) -> None:
    before, client = digests(admin, BESIDE), world.client()
    for method in ("PUT", "PATCH", "DELETE"):
        for path in world.codes:
            assert client.open(path, method=method).status_code in {404, 405, 429}, path
    assert digests(admin, BESIDE) == before
