"""Every route against every office and every profile of tablet, as service/web/rights.txt says."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service import people
from service.cli import main
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.people import Caller
from service.web.rights import LINES, OFFICES, RightsFault, allowed, may, read
from tests.conftest import NOON, ROOT
from tests.shops.market import BORN, Market, build
from tests.web.neighbours import address

# Written down a second time on purpose: who opens a door for a tablet says so twice.
ANYBODY = """
GET static · GET health.healthz · GET clock.get_clock · PUT clock.put_clock · GET homes.start
GET people.get_me · GET phones.show_bind · GET landing.card · GET landing.pass
GET landing.show_activity · GET landing.show_onsite · GET landing.get_png · GET landing.get_svg
GET tickets.show_ticket · GET standee.show_shop · GET goods.show_picture
GET certificate_pages.check_certificate · GET statement_check.check_statement
GET sign_in.show_sign_in · POST sign_in.post_sign_in
POST sign_in.post_sign_out · POST sessions.post_session · DELETE sessions.delete_session
GET sign_in_steps.show_second · POST sign_in_steps.post_second
GET sign_in_steps.show_factor · POST sign_in_steps.post_factor
GET sign_in_steps.show_password · POST sign_in_steps.post_password
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


def every_door(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every method of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


def ask(client: FlaskClient, method: str, path: str, token: str) -> TestResponse:
    headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.open(path, method=method, headers=headers, buffered=True)


def refused(response: TestResponse) -> bool:
    return response.status_code == 403 and REFUSED in response.text


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def tokens(market: Market) -> dict[str, str]:
    """Somebody of each kind: every office, with and without a booklet, both tablets."""
    gate = partial(people.pair_device, name="G", paired_by="staff:U-ADM", now=BORN, community_id=1)
    found = {"till": market.tokens["A"], "gate": market.run(gate)[1], "nobody": ""}
    found["volunteer"] = market.tokens["V0001"]
    found |= {role: market.run(employed, code=role, role=role) for role in OFFICES}
    found["serving"] = market.run(employed, code="serving", own="V0002")
    return found | {"staff": market.run(employed, code="staff")}


def employed(
    session: Session, *, code: str, role: str | None = None, own: str | None = None
) -> str:
    """Employ somebody with one office, or with none; return the token."""
    booklet = people.volunteer(session, own).id if own else None
    row = people.employ(session, code=f"R-{code}", title=code, volunteer_id=booklet)
    if role is not None:
        people.grant(session, staff_id=row.id or 0, role=OFFICES[role], scope_code="MK")
    return people.open_staff_session(session, staff_id=row.id or 0, now=NOON)


def named(name: str) -> set[str]:
    """Return what the table may call one of these people."""
    if name in {"till", "gate"}:
        return {name}
    if name == "nobody":
        return {"anybody"}
    kinds = {"anybody", "signed-in", name}
    return kinds if name == "volunteer" else kinds | {"staff"}


def test_every_route_stands_in_the_table_and_nothing_else(app: Flask) -> None:
    routes = {f"{method} {rule.endpoint}": rule for method, rule in every_door(app)}
    known = {line.door for line in LINES}
    missing = [f"{door}: WHO… within WHERE…    # {routes[door].rule}" for door in routes]
    missing = [line for line in missing if line.partition(":")[0] not in known]
    assert missing == [], "write under its heading in service/web/rights.txt: " + "; ".join(missing)
    gone = sorted(known - routes.keys())
    assert gone == [], "take out of service/web/rights.txt what is no route: " + "; ".join(gone)


def test_every_route_lets_through_whom_its_line_names_and_nobody_else(
    app: Flask, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {line.door: set(line.who) for line in LINES}
    for endpoint in app.view_functions:  # so that nobody's right depends on what a view would say
        monkeypatch.setitem(app.view_functions, endpoint, lambda **_: ("reached", 299))
    client, wrong = app.test_client(use_cookies=False), []
    for method, rule in every_door(app):
        path = address(app, rule)
        for name, token in tokens.items():
            found = ask(client, method, path, token)
            open_ = bool(lines[f"{method} {rule.endpoint}"] & named(name))
            if not (found.status_code == 299 if open_ else turned_away(found, name)):
                wrong.append((method, rule.endpoint, name, found.status_code))
    assert wrong == []


def turned_away(found: TestResponse, name: str) -> bool:
    """Tell whether somebody was refused in the form that is theirs."""
    if name == "nobody":
        to_sign_in = found.status_code == 302 and found.headers["Location"].startswith("/sign-in?")
        return to_sign_in or found.status_code == 401
    return refused(found) if name in {"till", "gate"} else found.status_code == 403


@pytest.mark.parametrize("profile", ["till", "gate"])
def test_a_tablet_is_named_where_its_profile_needs_it_and_nowhere_else(profile: str) -> None:
    assert {line.door for line in LINES if profile in line.who} == listed(profile)


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
    for method, rule in every_door(app):
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


def test_the_page_to_read_is_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    stored = ROOT / "deploy/security/rights.md"
    again = f"run: aixin rights > {stored.relative_to(ROOT)}"
    assert main(["rights"]) == 0
    assert capsys.readouterr().out == stored.read_text("utf-8"), again


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("GET a.b: anybody\nGET a.b: till", ":2: GET a.b stands there twice"),
        ("# first\nGET a.b: # secretary", ":2: it says of nobody"),
        ("GET a.b: secretery", ":1: nobody is called secretery"),
        ("GET a.b: owner within town", ":1: nothing lies within town"),
        ("GET a.b: owner within ", ":1: "),
        ("GRAB a.b: owner", ":1: a line begins with a method"),
        ("GET: owner", ":1: a line begins with a method"),
        ("GET a.b: owner owner", ":1: a word stands there twice"),
    ],
)
def test_a_fault_in_the_table_is_told_by_its_line(text: str, fault: str) -> None:
    with pytest.raises(RightsFault, match=f"rights.txt{fault}"):
        read(text)


def test_what_is_not_in_the_table_is_refused_to_everybody() -> None:
    everything = Caller(kind="staff", roles=frozenset((role, "MK") for role in OFFICES.values()))
    assert not may(everything, allowed("GET", "no.such_route"))
    assert not may(everything, allowed("TRACE", "people.get_me"))
