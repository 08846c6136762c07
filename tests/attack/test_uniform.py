"""Whoever has no right to a thing hears of it what is heard of one that there never was.

Generated from the routes: every address that names a thing is asked for one of 富民's and for one
that nobody ever made, by callers whose scope it is not. Status, headers and words must be the same.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlmodel import Session
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from deploy import embedded
from service import people, programmes
from service.people import Role
from service.web.api import StrictParser
from service.web.rights import LINES
from tests.attack.world import World
from tests.conftest import Servers
from tests.web.neighbours import borrowed, crawl, doors
from tests.web.test_readers import FORM, OWN, READS, anything

NOWHERE, NEVER = "ZZ-NEVER-9", 987_654_321
# Who asks; the things are 富民's and shop S01's.
ASKERS = ("", "FM0030", "U-GZ", "U-FAR", "U-SHOP2", "ZF0001", "till:S02", "gate:GZ")
FAR = {"U-FAR", "ZF0001", ""}
# What a whole programme shares is not 富民's alone: whoever belongs to it may know of it.
SHARED = {line.endpoint for line in LINES if "programme" in line.where}
# A void of a key that a shop does not know is kept for it, and is its own row from then on.
KEPT = {"till_api.post_void"}
REFUSED = 400
# What was announced is everybody's to know; what is asked for here is an activity nobody has seen.
DRAFT = "A4"
MOVING = re.compile(r'(?:name="(?:nonce|key|csrf_token)" value="[^"]*"|q-[0-9a-f]{32})')


@pytest.fixture(scope="module")
def wide(world: World, servers: Servers) -> World:
    """The world with staff of another programme and the owner of another shop."""
    world.database.atomic(lambda session: settle_far(session, world))
    with servers.postgres.connect(embedded.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE activities SET status = 'draft' WHERE code = %s", [DRAFT])
    for who in ("U-FAR", "U-SHOP2", "ZF0001"):
        world.tokens[who] = world.database.atomic(lambda s, who=who: signed_in(s, world, who))
    return world


def settle_far(session: Session, world: World) -> None:
    """Found a second programme with one community, its staff and a volunteer."""
    far = programmes.open_programme(session, code="FAR", name="远")
    home = people.found_unit(
        session, kind=people.UnitKind.COMMUNITY, code="ZF", name="远社区", programme_id=far.id
    )
    staff = people.employ(session, code="U-FAR", title="远", community_id=home.id)
    for role in (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.ADMINISTRATOR, Role.GRID):
        people.grant(session, staff_id=staff.id or 0, role=role, scope_code="ZF")
    owner = people.employ(session, code="U-SHOP2", title="店主")
    people.grant(session, staff_id=owner.id or 0, role=Role.OWNER, scope_code="S02")
    newcomer = people.Newcomer(code="ZF0001", name="远客", age_band="40-49", channel="phone")
    people.register(session, newcomer, community=home, now=world.town.clock.now())


def signed_in(session: Session, world: World, who: str) -> str:
    """Open a session."""
    moment = world.town.clock.now()
    if found := people.find_staff(session, who):
        return people.open_staff_session(session, staff_id=found.id or 0, now=moment)
    person = people.volunteer(session, who)
    return people.open_volunteer_session(session, volunteer_id=person.id or 0, now=moment)


@pytest.fixture(scope="module")
def things(wide: World) -> list[tuple[str, str, list[str]]]:
    """By route: its method, the address of a thing of 富民, and addresses of no thing."""
    known, found = crawl(wide.town.client, wide.app, wide.town), []
    for method, rule in doors(wide.app, "GET", "POST", "PUT", "PATCH", "DELETE"):
        if rule.arguments and rule.endpoint != "static":
            real = (known.get(f"{method} {rule.endpoint}") or [borrowed(wide.app, rule)])[0]
            real = real.partition("?")[0].replace("/A1", f"/{DRAFT}")
            found.append((method, real, list(invented(wide.app, method, rule, real))))
    return sorted(found, key=lambda one: one[0] != "GET")


def invented(app: Flask, method: str, rule: Rule, real: str) -> Iterator[str]:
    """Yield addresses of the same route whose things were never made, one argument at a time."""
    adapter = app.url_map.bind("")
    found, given = adapter.match(unquote(real), method, return_rule=True)
    for name in given:
        converter = found._converters[name]
        if not isinstance(converter, AnyConverter):
            never = never_of(converter)
            yield adapter.build(
                found.endpoint, {**given, name: like(given[name], never)}, method=method
            )


def never_of(converter: BaseConverter) -> str | int:
    """A value that the converter takes and nothing has."""
    if isinstance(converter, IntegerConverter):
        return NEVER % 10**converter.fixed_digits if converter.fixed_digits else NEVER
    return NOWHERE


def like(value: object, never: str | int) -> str | int:
    """Return a value that is nothing's, in the shape of one that is something's: a day, a month."""
    shaped = re.fullmatch(r"\d{4}(-\d\d)(-\d\d)?", str(value))
    return str(value).replace(str(value)[:4], "2001") if shaped else never


def ask(wide: World, method: str, path: str, who: str, monkeypatch: Any) -> TestResponse:
    """Send what any schema takes, as somebody whom no limit has noticed yet."""
    Redis.from_url(wide.settings.redis_url).flushall()
    key = uuid4().hex  # the same again would be another deed under an old name
    headers = wide.headers(who, **{"Idempotency-Key": key})
    client: FlaskClient = wide.client()
    if method == "GET":
        return client.get(path, headers=headers, buffered=True)
    with monkeypatch.context() as filled:
        filled.setattr(StrictParser, "parse", anything)
        return client.open(
            path,
            method=method,
            headers=headers,
            data=FORM | {"nonce": key, "key": key},
            buffered=True,
        )


def heard(answer: TestResponse, path: str) -> tuple[int, str, str]:
    """Return what a caller can tell apart: status, headers, words; the address itself left out."""
    words = MOVING.sub("", answer.get_data(as_text=True))
    headers = json.dumps(sorted((k, v) for k, v in answer.headers if k != "Content-Length"))
    for one in sorted({*path.split("/")[1:], *map(quote, path.split("/")[1:])}, key=len)[::-1]:
        if len(one) > 1 and not one.isalpha():
            words, headers = words.replace(one, "?"), headers.replace(one, "?")
    return answer.status_code, headers, words


def test_there_are_many_things_to_ask_for(things: list[Any]) -> None:
    assert len(things) > 200


@pytest.mark.parametrize("who", ASKERS)
def test_a_thing_of_others_reads_like_none(
    wide: World, things: list[tuple[str, str, list[str]]], who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wide.app.config, "PROPAGATE_EXCEPTIONS", False)
    told = {}
    for method, real, never in things:
        endpoint = wide.app.url_map.bind("").match(unquote(real), method)[0]
        if endpoint in OWN | READS | KEPT or (endpoint in SHARED and who not in FAR):
            continue
        answer = ask(wide, method, real, who, monkeypatch)
        if answer.status_code < REFUSED or answer.status_code == 500:
            continue  # it is theirs too: tests/attack/test_other_peoples_ids.py looks at these
        for other in never:
            none = ask(wide, method, other, who, monkeypatch)
            if heard(none, other) != heard(answer, real):
                told[f"{method} {endpoint}"] = (answer.status_code, none.status_code, real, other)
    assert told == {}, json.dumps(told, indent=1, ensure_ascii=False)
