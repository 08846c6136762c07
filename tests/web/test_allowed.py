"""Every route against every profile of tablet: what is not written down here is refused."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from service import people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.shops.market import BORN, Market, build

# Written down a second time on purpose: who opens a door for tablets says so twice.
ANYBODY = """
GET static · GET health.healthz · GET clock.get_clock · PUT clock.put_clock · GET homes.start
GET people.get_me · GET landing.bind · GET landing.card · GET landing.pass
GET landing.show_activity · GET landing.show_onsite · GET landing.get_png · GET landing.get_svg
GET tickets.show_ticket · GET standee.show_shop · GET goods.show_picture
GET certificate_pages.check_certificate · GET statement_check.check_statement
GET sign_in.show_sign_in · POST sign_in.post_sign_in
POST sign_in.post_sign_out · POST sessions.post_session · DELETE sessions.delete_session
GET shops.pair_page · POST shops.pair_from_page · POST shops_api.post_till
"""
TILL = """
GET redemptions.till_page · GET installed_till.get_worker · GET installed_till.get_manifest
POST till_api.post_lookup · POST till_api.post_redemption · GET till_api.get_redemptions
GET till_api.get_redemption · POST till_api.post_void · POST till_api.post_discount
GET counter_api.get_shelf · GET counter_api.get_day · POST counter_api.post_day
POST redemptions_api.post_reversal · POST tickets_api.post_ticket · GET tickets_api.get_ticket
POST choices_api.post_capture · GET shifts_api.get_shift · POST shifts_api.post_shift
DELETE shifts_api.delete_shift · POST shifts_api.post_heartbeat
"""
GATE = """
GET installed_gate.show_gates · GET installed_gate.get_manifest · GET installed_gate.get_worker
POST installed_gate.post_queues · GET leading_pages.show_gate · POST leading_pages.post_gate
GET activities_pages.show_list · GET activities_pages.show_activity · POST gate.post_scan
POST gate.post_batch · POST gate.post_undo · POST gate.post_audience
GET oversight.get_offline_roster · GET oversight.get_present · POST gate_beats.post_heartbeat
"""
EXPECTED = {"till": ANYBODY + TILL, "gate": ANYBODY + GATE}
REFUSED = "This tablet is not for that"
# What only a till does, with a body that its schema takes: somebody at a desk is refused it all.
ACTS: dict[str, dict[str, Any] | None] = {
    "GET /till/shift": None,
    "DELETE /till/shift": None,
    "POST /till/shift": {"clerk": "1", "pin": "0000"},
    "POST /till/heartbeat": {"queued": 0, "sent_at": "2025-10-18T04:00:00Z"},
    "POST /till/lookups": {"code": "x"},
    "POST /redemptions": {"code": "x", "good": "SOAP"},
    "POST /redemptions/k/void": {},
    "POST /discounts": {"code": "x", "bill_fen": 100},
    "POST /till/tickets": {"good": "SOAP"},
    "GET /till/shelf": None,
}


def listed(profile: str) -> frozenset[str]:
    lines = EXPECTED[profile].replace("\n", " · ").split(" · ")
    return frozenset(line.strip() for line in lines if line.strip())


def doors(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every method of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


def address(app: Flask, rule: Rule) -> str:
    """An address that the route takes, of things that need not exist."""
    given = {name: sample(rule._converters[name]) for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("").build(rule.endpoint, {**given, **(rule.defaults or {})})


def sample(converter: BaseConverter) -> str | int:
    """A value that a converter takes."""
    if isinstance(converter, IntegerConverter):
        return 1
    found = re.search(r"\(\?:([^|)]+)", converter.regex)  # the first of <any(…)>
    return found[1] if isinstance(converter, AnyConverter) and found else "x"


def ask(client: FlaskClient, method: str, path: str, token: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return client.open(path, method=method, headers=headers, buffered=True)


def refused(response: TestResponse) -> bool:
    return response.status_code == 403 and REFUSED in response.text


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def tokens(market: Market) -> dict[str, str]:
    gate = partial(people.pair_device, name="G", paired_by="staff:U-ADM", now=BORN, community_id=1)
    return {"till": market.tokens["A"], "gate": market.run(gate)[1]}


@pytest.mark.parametrize("profile", ["till", "gate"])
def test_a_tablet_reaches_what_its_profile_needs_and_no_route_else(
    app: Flask, market: Market, tokens: dict[str, str], profile: str
) -> None:
    wrong = []
    met = set()
    for method, rule in doors(app):
        door = f"{method} {rule.endpoint}"
        token = tokens[profile]
        found = ask(app.test_client(), method, address(app, rule), token)
        met.add(door)
        if refused(found) == (door in listed(profile)):
            wrong.append((door, found.status_code))
    assert wrong == []
    assert listed(profile) <= met  # nothing is listed that is no route any more


def test_a_till_is_no_gate_and_a_gate_no_till() -> None:
    both = listed("till") & listed("gate")
    assert not any(door.split()[1].startswith(("till_api", "shifts_api", "gate.")) for door in both)


@pytest.mark.parametrize("profile", ["till", "gate"])
def test_a_tablet_that_was_shut_out_hears_so_from_every_address_of_the_interface(
    app: Flask, market: Market, tokens: dict[str, str], profile: str
) -> None:
    market.database.call(
        "UPDATE people_devices SET revoked_at = %(at)s WHERE profile = %(p)s RETURNING id",
        {"at": BORN + timedelta(days=1), "p": profile},
    )
    for method, rule in doors(app):
        path = address(app, rule)
        if not path.startswith("/api/v1/"):
            continue
        found = ask(app.test_client(), method, path, tokens[profile])
        assert (found.status_code, found.json["type"]) == (401, "/problems/till-revoked"), path
        assert found.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("by", ["U-CH", "A-OWNER", "U-SEC", "V0001"])
def test_who_signs_in_at_a_desk_is_no_till(market: Market, by: str) -> None:
    headers = {"Authorization": f"Bearer {market.tokens[by]}", "Idempotency-Key": "k"}
    for act, body in ACTS.items():
        method, path = act.split()
        found = market.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert (found.status_code, found.json["type"]) == (403, "/problems/forbidden"), act
