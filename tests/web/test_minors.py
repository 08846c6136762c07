"""Who is a minor: without a reason no route tells it to staff; with one there is a line of it."""

import json
from typing import Any

import pytest
from flask import Flask

from service import people
from service.config import Settings
from service.db import Database
from tests.reports.conftest import Town, town
from tests.web.neighbours import borrowed, crawl, doors, text_of
from tests.web.test_readers import every_get, live

__all__ = ["town"]
NAME, PHONE, MINOR = "诸葛小满", "13900000066", "FM0001"
OFFICES = ("U-SEC", "U-ADM")
FORM = {"volunteer": MINOR, "whom": NAME, "upto": "2025-10-18", "key": "K-9", "count": "1"}
SHOWN = "SELECT actor, subject, device, detail FROM trail_records WHERE action = 'identity.look'"


@pytest.fixture
def minor(town: Town, database: Database, settings: Settings) -> Town:
    """富民 after a morning, in which somebody of 15 served, bought soap, asked for a correction."""
    live(town, database, settings)
    body = {"field": "name", "wanted": NAME}
    town.client.post("/home/privacy/corrections", data=body, headers=town.headers(MINOR))
    database.rows(
        "UPDATE people_volunteers SET age_band = '14-17', guardian_consent = true"
        " WHERE code = %(code)s RETURNING id",
        {"code": MINOR},
    )
    said = {"name": NAME, "phone": PHONE}

    def write(session: Any) -> None:
        whom = people.volunteer(session, MINOR)
        people.write_down(session, volunteer_id=whom.id or 0, said=said)

    database.atomic(write)
    return town


def told(text: str) -> bool:
    return NAME in text or PHONE in text


def test_no_route_tells_staff_who_a_minor_is_without_a_reason(
    minor: Town, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    heard, asked = [], 0
    paths = every_get(app, crawl(minor.client, app, minor))
    for who in OFFICES:
        for path in paths:
            answer = minor.client.get(path, headers=minor.headers(who), buffered=True)
            asked += answer.status_code == 200
            heard += [f"GET {path} {who}"] if told(text_of(answer)) else []
        for method, rule in doors(app, "POST", "PUT", "PATCH"):
            path = borrowed(app, rule)
            answer = minor.client.open(
                path, method=method, headers=minor.headers(who), data=FORM, buffered=True
            )
            heard += [f"{method} {path} {who}"] if told(text_of(answer)) else []
    assert asked > 100
    assert heard == [], json.dumps(heard, indent=1, ensure_ascii=False)


def test_whoever_says_why_is_told_and_leaves_a_line(minor: Town, database: Database) -> None:
    number = database.rows("SELECT id FROM identity.privacy_corrections")[0]["id"]
    why = {"reason": "guardian", "words": ""}
    paths = (
        f"/desk/volunteers/{MINOR}/name",
        f"/desk/privacy/corrections/{number}/look",
    )
    for path in paths:
        before = len(database.rows(SHOWN))
        nothing = minor.client.post(path, data={}, headers=minor.headers("U-ADM"))
        assert nothing.status_code == 422
        assert len(database.rows(SHOWN)) == before
        answer = minor.client.post(path, data=why, headers=minor.headers("U-ADM"))
        assert told(answer.text), path
        line = database.rows(f"{SHOWN} ORDER BY id")[-1]
        assert (line["actor"], line["subject"]) == ("staff:U-ADM", f"volunteer:{MINOR}")
        assert (line["device"], line["detail"]["reason"]) == ("program", "guardian")


def test_a_minor_s_certificate_needs_a_reason_and_everybody_s_sheet_leaves_minors_out(
    minor: Town, database: Database
) -> None:
    path, headers = "/api/v1/certificates/orders", minor.headers("U-ADM")
    body: dict[str, str] = {"key": "a", "upto": "2025-10-18", "volunteer": MINOR}
    assert minor.client.post(path, json=body, headers=headers).status_code == 422
    said = body | {"reason": "other", "words": "the school asks"}
    assert minor.client.post(path, json=said, headers=headers).status_code == 202
    line = database.rows(f"{SHOWN} ORDER BY id")[-1]
    assert line["detail"]["reason"] == "other: the school asks"
    assert line["subject"] == f"volunteer:{MINOR}"
    totals = []
    for key, why in (("b", ""), ("c", "record")):
        everybody = {"key": key, "upto": "2025-10-18", "reason": why}
        answer = minor.client.post(path, json=everybody, headers=headers)
        assert answer.status_code == 202, answer.text
        totals.append(answer.json["total"])
    assert totals[1] == totals[0] + 1
