"""30,000 requests that are wrong somewhere: none is a fault of ours, and none writes anything.

Each begins as something that its schema might take and is then spoiled, by a generator with a seed:
the same 30,000 every time. A tenth goes through the real route, as somebody who may use it.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from marshmallow import Schema, ValidationError, fields

from tests.attack.world import World, digests

SEED = 20_251_018
IN_ALL, THROUGH_ROUTES = 30_000, 3_000
SEEN = {"public.people_devices": {"last_seen_at"}, "public.people_sessions": {"last_seen_at"}}
SEEN |= {"public.accounts_tries": {"*"}}  # that a sign-in was wrong is counted
# What is no text in a database, no number, no date; too long, too deep, too large, not there.
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, -(2**63), 10**40, 1.5, -0.0, 1e308, "", " ", "\x00", "a\x00b",
    "\ud7ff", "\ufeff", "\u202e", "💥", "x" * 10_000, "' OR 1=1 --", "../../etc/passwd", "%00",
    "{{7*7}}", "<script>", "=1+1", "NaN", "Infinity", "0x10", "１２３４", "1e3",
    "2025-02-30", "9999-12-31",
    "0001-01-01T00:00:00Z", "2025-10-18T24:00:00Z", "2025-10-18T08:00:00", "9999-12-31T23:59:59Z",
    [], {}, [[]], {"": None}, [None] * 50, {"$ne": 1}, ["x"], {"a": {"b": {"c": {}}}}, "null", "[]",
)  # fmt: skip
RIGHT: tuple[Any, ...] = (
    "x", "FM0001", "S01", "S01-G2", "A1", "FM", "2025-10-18", "2025-10",
    "2025-10-18T08:00:00+08:00",
    1, 2, 60, True, "in", "approve", "0001", "K-1", [], ["FM0002"],
)  # fmt: skip
BROKEN = (b"", b"{", b"nul", b"[1,", b'{"a":1', b"\xff\xfe", b"\x00", b"[" * 5_000, b'"', b"{}{}")
WRONG = {400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 423, 429, 431, 503}
Spoil = Callable[[random.Random, dict[str, Any]], Any]


def taken(app: Flask) -> list[tuple[str, str, Schema]]:
    """Every route of the interface that takes a body: its method, its address, its schema."""
    from tests.web.neighbours import borrowed, doors

    found = []
    for method, rule in doors(app, "POST", "PUT", "DELETE"):
        docs = getattr(app.view_functions[rule.endpoint], "_apidoc", {})
        schemas = [one for one in docs.get("arguments", {}).get("parameters", []) if one]
        bodies = [one["schema"] for one in schemas if one.get("in") == "body" or "schema" in one]
        schema = next((one for one in bodies if isinstance(one, Schema)), None)
        if schema is not None and rule.rule.startswith("/api/v1"):
            found.append((method, borrowed(app, rule), schema))
    return found


def plausible(chance: random.Random, schema: Schema) -> dict[str, Any]:
    """Something for every field, mostly of the right kind."""
    return {
        field.data_key or name: chance.choice(RIGHT)
        for name, field in schema.fields.items()
        if not field.dump_only and (field.required or chance.random() < 0.5)
    }


def nest(chance: random.Random, body: dict[str, Any]) -> Any:
    deep: Any = body
    for _ in range(chance.randrange(1, 60)):
        deep = [deep] if chance.random() < 0.5 else {"x": deep}
    return deep


def swap(chance: random.Random, body: dict[str, Any]) -> Any:
    names = list(body) or ["x"]
    for _ in range(chance.randrange(1, 4)):
        body[chance.choice(names)] = chance.choice(NASTY)
    return {**body, "no_such_field": 1}


def drop(chance: random.Random, body: dict[str, Any]) -> Any:
    kept = {name: value for name, value in body.items() if chance.random() < 0.5}
    return {**kept, chance.choice(["__proto__", "id", "role", "", "x" * 300]): chance.choice(NASTY)}


def other(chance: random.Random, body: dict[str, Any]) -> Any:
    return chance.choice(NASTY) or list(body)


def doubled(chance: random.Random, body: dict[str, Any]) -> Any:
    return [body] * chance.randrange(1, 5)


SPOILS: tuple[Spoil, ...] = (swap, swap, swap, drop, nest, other, doubled)


def wrong_inputs(
    chance: random.Random, doors: list[tuple[str, str, Schema]], count: int
) -> Iterator[tuple[str, str, Schema, Any]]:
    """Yield spoiled bodies, every door as often as the others."""
    for number in range(count):
        method, path, schema = doors[number % len(doors)]
        yield method, path, schema, chance.choice(SPOILS)(chance, plausible(chance, schema))


def test_thirty_thousand_wrong_inputs_are_no_fault_and_write_nothing(
    world: World, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.app.config, "PROPAGATE_EXCEPTIONS", False)
    chance, doors = random.Random(SEED), taken(world.app)
    assert len(doors) > 70
    before, answers = digests(admin, SEEN | {"public.trail_records": {"*"}}), 0
    faults: list[str] = []
    judged = 0
    asking = {path: who_may(world, method, path) for method, path, _ in doors}
    for method, path, _, body in wrong_inputs(chance, doors, THROUGH_ROUTES):
        status = send(world, method, path, body, chance, asking[path])
        answers += 1
        judged += status in {400, 415, 422}
        if status not in WRONG:
            faults.append(f"{status} {method} {path} {json.dumps(body)[:200]}")
    for _, _, schema, body in wrong_inputs(chance, doors, IN_ALL - THROUGH_ROUTES):
        answers += refused(schema, body, faults)
    assert faults[:20] == []
    assert answers == IN_ALL
    assert judged > THROUGH_ROUTES * 2 // 3  # the others were stopped at the door before
    assert digests(admin, SEEN | {"public.trail_records": {"*"}}) == before


def who_may(world: World, method: str, path: str) -> str:
    """Name somebody whom the route lets in as far as its schema."""
    for who in WHO:
        headers = world.headers(who, **{"Idempotency-Key": "K"})
        answer = world.client().open(path, method=method, json=["x"], headers=headers)
        if answer.status_code in {400, 422}:
            return who
    return ""


def send(world: World, method: str, path: str, body: Any, chance: random.Random, who: str) -> int:
    """Send it as somebody who may; now and then not even as JSON."""
    headers = world.headers(who, **{"Content-Type": "application/json", "Idempotency-Key": "K"})
    raw = chance.choice(BROKEN) if chance.random() < 0.05 else json.dumps(body).encode()
    if not raw or raw == b"{}":
        raw = b"[]"
    return world.client().open(path, method=method, data=raw, headers=headers).status_code


WHO = ("U-ADM", "U-SEC", "U-SUP", "U-CH", "U-TOWN", "FM0001", "FM0012", "till:S01", "gate:FM", "")


def refused(schema: Schema, body: Any, faults: list[str]) -> int:
    """Load it as the route would: it is refused, or what comes out holds only fields of ours."""
    try:
        found = schema.load(body)
    except ValidationError:
        return 1
    except Exception as error:  # noqa: BLE001 - whatever else comes out is the fault looked for
        faults.append(f"{type(schema).__name__}: {error!r} of {json.dumps(body)[:200]}")
        return 1
    names = {field.attribute or name for name, field in schema.fields.items()}
    if not isinstance(found, dict) or set(found) - names:
        faults.append(f"{type(schema).__name__} took {json.dumps(body)[:200]}")
    return 1


def test_what_is_spoiled_is_spoiled_in_every_way() -> None:
    """The generator itself: the same seed says the same, and every way of being wrong comes up."""

    class Small(Schema):
        name = fields.String(required=True)
        qty = fields.Integer()

    said = [list(wrong_inputs(random.Random(SEED), [("POST", "/", Small())], 500)) for _ in "ab"]
    bodies = [[body for *_, body in one] for one in said]
    assert bodies[0] == bodies[1]
    kinds = {type(body) for body in bodies[0]}
    assert {dict, list, str, int, float} <= kinds
