"""Every route against two readers: the auditor changes nothing, 高庄's secretary sees no 富民 row.

The routes are the application's own, the addresses those that people of 富民 are led to: a page
that is added is tried from its first day on.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import psycopg
import pytest
from flask import Flask

from service import passes, people, shops
from service.config import Settings
from service.db import Database
from service.web.api import StrictParser
from tests.reports.conftest import Town, town
from tests.web.neighbours import borrowed, crawl, doors, marks_in, text_of

__all__ = ["town"]
# What an auditor may send: it ends or begins his own session, and is kept nowhere else.
OWN = {"sign_in.post_sign_in", "sign_in.post_sign_out", "sessions.post_session"}
OWN |= {"sessions.delete_session", "clock.put_clock"}
OWN |= {"account.post_password", "account.post_end_session", "account.post_end_sessions"}
OWN |= {"account.post_factor", "account.post_remove_factor", "account.post_codes"}
OWN |= {"sign_in_steps.post_second", "sign_in_steps.post_factor", "sign_in_steps.post_first"}
OWN |= {"sign_in_steps.post_password"}
# Sent by a form, but it only reads: the file of the whole ledger.
READS = {"integrity.export"}
REFUSED = {401, 403, 404, 405, 410, 415, 422}  # the last ones before any office is asked
SPOILED = 500
FORM = {"count": "5", "nonce": "n-1", "key": "K-1", "volunteer": "FM0002", "reason": "because"}
FORM |= {"answer": "confirmed", "decision": "approve", "everybody": "1", "all": "FM0002"}
# Only what says who is signed in, and that somebody looked.
KEPT = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public',"
KEPT += " 'identity') AND tablename NOT IN ('people_sessions', 'trail_records', 'alembic_version')"
API = "/api/v1"


def anything(_: StrictParser, schema: Any, *given: Any, **more: Any) -> dict[str, Any]:
    """Fill in every field, so that no schema answers before the office is asked."""
    return dict.fromkeys((schema() if isinstance(schema, type) else schema).fields, "x")


@pytest.fixture
def lived(town: Town, database: Database, settings: Settings) -> Town:
    """富民 after a morning."""
    return live(town, database, settings)


def live(town: Town, database: Database, settings: Settings) -> Town:
    """Let 富民 have a morning: hours, awards by hand, a sale, a matter, a case, an objection."""
    award = serve(town, "FM0001", "FM0002")
    for number, begin in (("1", "09:00"), ("2", "04:00")):
        body = {"volunteer": "FM0019", "rule": "R-GEN", "evidence": "sheet", "key": f"M-{number}"}
        times = {"claimed_from": f"2025-10-18T{begin}:00+08:00"}
        times["claimed_to"] = "2025-10-18T10:00:00+08:00"
        town.call("U-ADM", "POST", f"{API}/awards/manual", json=body | times)
    sell(town, database, settings)
    town.call("U-ADM", "POST", f"{API}/reconciliation/runs", json={"day": "2025-10-18"})
    case = {"key": "C-1", "title": "looked at again", "volunteer": "FM0001", "awards": [award]}
    town.call("U-SEC", "POST", f"{API}/cases", json=case)
    return town


def serve(town: Town, *people_: str) -> str:
    """Let some serve the whole clean-up; return the first one's award."""
    for time, action in (("08:00", "in"), ("10:00", "out")):
        town.at(time)
        for one in people_:
            assert town.scan("FM0012", one, action, f"{action}-{one}")["status"] == "ok"
    town.at("10:20")
    path = f"{API}/activities/A1/confirmations"
    done = [town.call("FM0012", "POST", path, json={"volunteer": one}) for one in people_]
    return str(done[0]["award"])


def sell(town: Town, database: Database, settings: Settings) -> None:
    """Let FM0001 buy soap with the phone."""

    def pair(session: Any) -> tuple[str, str]:
        person = people.volunteer(session, "FM0001")
        pid = passes.bind_phone(session, volunteer_id=person.id or 0, now=town.clock.now()).pid
        device = people.pair_device(
            session,
            name="T",
            paired_by="staff:U-CH",
            shop_id=shops.shop(session, "S01").id,
            now=town.clock.now(),
        )
        return pid, device[1]

    pid, token = database.atomic(pair)
    keys = passes.keyring(settings.secret_key, settings.public_url)
    code = passes.pass_codes(keys, pid, at=town.clock.now())[0].url
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "SALE-1"}
    body = {"code": code, "good": "S01-G2"}
    answer = town.client.post(f"{API}/redemptions", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text


@pytest.fixture
def addresses(lived: Town, app: Flask) -> dict[str, list[str]]:
    """Where people of 富民 are led to, by door."""
    return crawl(lived.client, app, lived)


def test_no_route_shows_a_neighbour_a_row_of_the_others(
    lived: Town, addresses: dict[str, list[str]], app: Flask
) -> None:
    told = {}
    # What he typed himself he reads again, on the page and in his trail: such addresses come last.
    for path in sorted(every_get(app, addresses), key=lambda one: len(marks_in(one))):
        seen = marks_in(read(lived, path, "U-GZ")) - marks_in(path)
        if seen and (beyond := seen - marks_in(read(lived, path))):
            told[path] = sorted(beyond)[:3]
    assert not told, json.dumps(told, indent=1, ensure_ascii=False)


def every_get(app: Flask, addresses: dict[str, list[str]]) -> list[str]:
    """Return an address of every route that is read, known ones where a page leads there."""
    found = [path for door, paths in addresses.items() if door.startswith("GET") for path in paths]
    return found + [
        borrowed(app, rule)
        for _, rule in doors(app, "GET")
        if f"GET {rule.endpoint}" not in addresses and rule.endpoint != "static"
    ]


def read(lived: Town, path: str, who: str = "") -> str:
    """Return what somebody, or nobody in particular, reads there."""
    headers = lived.headers(who) if who else {}
    answer = lived.client.get(path, headers=headers, buffered=True)
    assert answer.status_code < 500, path
    return text_of(answer) if answer.status_code == 200 else ""


def test_no_route_lets_the_auditor_change_anything(
    lived: Town, app: Flask, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    headers = lived.headers("U-STR")
    before, heard = books(admin), {}
    for method, rule in doors(app, "POST", "PUT", "PATCH", "DELETE"):
        if rule.endpoint in OWN | READS:
            continue
        send = partial(lived.client.open, borrowed(app, rule), method=method, headers=headers)
        with monkeypatch.context() as filled:
            filled.setattr(StrictParser, "parse", anything)
            status = send(data=FORM).status_code
        if status == SPOILED:  # by a body that no schema would have let through
            status = send(json={}).status_code
        if status not in REFUSED:
            heard[f"{method} {rule.rule}"] = status
    assert not heard, json.dumps(heard, indent=1)
    assert [table for table, said in books(admin).items() if said != before[table]] == []


def books(admin: psycopg.Connection) -> Mapping[str, str]:
    """Return a digest of every table, who is signed in and what the trail says left out."""
    tables = [name for (name,) in admin.execute(KEPT.encode()).fetchall()]
    found = {}
    for table in tables:
        rows = admin.execute(f"SELECT t::text FROM {table} t ORDER BY 1".encode()).fetchall()
        found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found
