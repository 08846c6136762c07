"""The gate over HTTP: who may, what is refused how, and what the screen says."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.activities.town import Api, Town, at

As = Callable[[str], Api]


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> As:
    """The API in somebody's hands: as_("V0001").post(…)."""
    return lambda who: Api(client, town.tokens[who])


def scan_of(town: Town, code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "action": "in", "nonce": f"n{town.count('activities_scans')}"} | more


def test_an_own_scan_says_what_the_screen_shows(town: Town, as_: As) -> None:
    answer = as_("V0001").post("/scans", scan_of(town, town.onsite("A1").url))
    text = answer.pop("text")
    assert text == {"meaning": "ok", "title": "You are checked in", "detail": "8:00"}
    assert answer == {
        "status": "ok", "reason": None, "already": False, "replayed": False, "walk_in": False,
        "action": "in", "at": "2025-10-18T00:00:00+00:00",
        "activity": {"code": "A1", "title": "Activity A1"}, "volunteer": {"tail": "001"},
        "post": "all", "assurance": "A2",
    }  # fmt: skip


def test_the_leader_sees_a_masked_person(town: Town, as_: As) -> None:
    sent = scan_of(town, town.pass_of("V0002"), activity="A1")
    answer = as_("V0010").post("/scans", sent)
    assert answer["volunteer"] == {"tail": "002"}
    assert answer["text"]["title"] == "Volunteer 002 checked in"
    again = as_("V0010").post("/scans", sent)
    assert again["replayed"] is True
    assert again["text"] == answer["text"]


def test_a_refused_scan_is_an_answer(town: Town, as_: As) -> None:
    as_("V0002").post("/scans", scan_of(town, town.onsite("A1").url))
    town.clock.set(at("09:15"))
    answer = as_("V0002").post("/scans", scan_of(town, town.onsite("A2").url))
    assert (answer["status"], answer["reason"]) == ("refused", "overlap")
    assert answer["text"]["title"] == "Still checked in at Activity A1"


def test_the_whole_way_from_the_code_on_site_to_the_points(town: Town, as_: As) -> None:
    shown = as_("V0010").get("/activities/A1/onsite-code")
    assert as_("V0001").post("/scans", scan_of(town, shown["url"]))["status"] == "ok"
    digits = scan_of(town, shown["digits"], activity="A1")
    assert as_("V0003").post("/scans", digits)["status"] == "ok"
    town.clock.set(at("10:02"))
    out = scan_of(town, town.onsite("A1").url, action="out")
    assert as_("V0001").post("/scans", out)["status"] == "ok"
    amend = {"at": "2025-10-18T09:30:00+08:00"}
    filled = as_("V0010").post("/activities/A1/attendances/V0003/check-out", amend)
    assert filled == {"status": "ok", "reason": None, "at": "2025-10-18T01:30:00+00:00"}
    done = as_("V0010").post("/activities/A1/confirmations", {"volunteer": "V0001"})
    assert (done["minutes"], done["hours"], done["points"], done["cut"]) == (120, 2.0, 20, 0)
    refused = as_("V0010").post("/activities/A1/confirmations", {"volunteer": "V0010"})
    assert (refused["status"], refused["reason"]) == ("refused", "rejected_self")
    lines = {one["volunteer"]: one for one in as_("U-ADM").get("/activities/A1/roster")["items"]}
    assert lines["V0001"]["attendance"] == "confirmed"
    assert (lines["V0003"]["amended"], lines["V0004"]["signup"]) == (True, "waiting")
    assert list(lines) == ["V0001", "V0002", "V0003", "V0004", "V0010"]


def test_a_queue_is_taken_and_taken_again(town: Town, as_: As) -> None:
    scans = [
        scan_of(town, town.pass_of(f"V000{n}"), nonce=f"q{n}", occurred_at="2025-10-18T08:00+08:00")
        for n in (1, 2, 8)
    ]
    sent = {"activity": "A1", "scans": scans}
    town.clock.set(at("09:00"))
    first = as_("V0010").post("/scans/batches", sent)
    assert (first["accepted"], first["duplicates"]) == (2, 0)
    assert [one["reason"] for one in first["problems"]] == ["activity_full"]
    again = as_("V0010").post("/scans/batches", sent)
    assert (again["accepted"], again["duplicates"]) == (0, 3)
    assert again["problems"][0]["replayed"] is True


def test_signing_up_and_giving_back(town: Town, as_: As) -> None:
    town.clock.set(at("07:00"))
    answer = as_("V0006").post("/activities/a1/signups", status=201)
    assert answer == {"status": "waiting", "place": 2, "already": False}
    assert as_("V0006").post("/activities/A1/signups")["already"] is True
    helped = as_("U-ADM").post("/activities/A1/signups", {"volunteer": "V0009"}, 201)
    assert helped["place"] == 3
    freed = as_("V0010").call("DELETE", "/activities/A1/signups/V0001")
    assert freed.get_json() == {"status": "ok", "promoted": "V0004"}
    own = as_("V0002").call("DELETE", "/activities/A1/signups")
    assert own.get_json() == {"status": "ok", "promoted": None}  # not theirs to know
    listed = as_("V0006").get("/activities?on=2025-10-18")["items"]
    assert [(one["code"], one["mine"]) for one in listed] == [
        ("A1", "confirmed"),
        ("A2", None),
    ]
    assert as_("V0006").get("/activities/A1")["posts"][0]["taken"] == 3


def test_listeners_and_paper_over_http(town: Town, as_: As) -> None:
    town.clock.set(at("09:20"))
    heard = as_("V0009").post("/activities/A2/audience", {"code": town.pass_of("V0007")})
    assert heard["text"]["title"] == "Volunteer 007 listens"
    town.clock.set(at("19:40"))
    line = {
        "volunteer": "V0003", "line": 6, "evidence": "photo of the sheet",
        "check_in": "2025-10-18T08:00:00+08:00", "check_out": "2025-10-18T10:00:00+08:00",
    }  # fmt: skip
    as_("V0010").call("POST", "/activities/A1/paper-lines", line)
    assert town.count("activities_paper_lines") == 0  # the leader is no recorder
    entered = as_("U-ADM").post("/activities/A1/paper-lines", line, 201)
    path = f"/activities/A1/paper-lines/{entered['id']}/approval"
    assert as_("U-ADM").call("POST", path, {}).status_code == 409
    done = as_("U-SEC").post(path)
    assert (done["points"], done["flags"]) == (20, ["paper", "typed"])


def test_manual_awards_over_http(town: Town, as_: As) -> None:
    town.clock.set(at("18:20"))
    claim = {
        "volunteer": "V0001", "rule": "R-SKILL", "evidence": "photo", "key": "MA-1",
        "claimed_from": "2025-10-18T09:00:00+08:00", "claimed_to": "2025-10-18T12:30:00+08:00",
    }  # fmt: skip
    assert as_("V0002").call("POST", "/awards/manual", claim).status_code == 403
    right = as_("U-SEC").call("PUT", "/volunteers/V0002/rights/manual_award")
    assert right.get_json() == {"volunteer": "V0002", "right": "manual_award", "held": True}
    waiting = as_("V0002").post("/awards/manual", claim, 201)
    assert (waiting["status"], waiting["points"], waiting["award"]) == ("waiting", 42, "MA-1")
    assert as_("V0002").call("POST", "/awards/MA-1/approval", {}).status_code == 403
    assert as_("U-SUP").post("/awards/MA-1/approval")["status"] == "posted"
    taken = as_("U-SEC").call("DELETE", "/volunteers/V0002/rights/manual_award")
    assert taken.get_json()["held"] is False
    assert as_("U-ADM").call("PUT", "/volunteers/V0002/rights/manual_award").status_code == 403


BAD = [
    ("/scans", {"code": "x", "action": "in"}, "#/nonce"),
    ("/scans", {"code": "x", "action": "up", "nonce": "n"}, "#/action"),
    ("/scans", {"code": 7, "action": "in", "nonce": "n"}, "#/code"),
    ("/scans", {"code": "x", "action": "in", "nonce": "n", "more": 1}, "#/more"),
    ("/scans", {"code": "x" * 513, "action": "in", "nonce": "n"}, "#/code"),
    ("/scans", {"code": "x", "action": "in", "nonce": "a b"}, "#/nonce"),
    ("/scans", {"code": "x", "action": "in", "nonce": "n", "occurred_at": "9:00"}, "#/occurred_at"),
    ("/scans/batches", {"activity": "A1", "scans": []}, "#/scans"),
    ("/scans/batches", {"activity": "A1", "scans": [{}]}, "#/scans/0/code"),
    ("/activities/A1/confirmations", {}, "#/volunteer"),
    ("/activities/A1/confirmations", {"volunteer": "V0001", "minutes": 600}, "#/minutes"),
    ("/activities/A1/attendances/V0001/check-out", {}, "#"),
    ("/awards/manual", {"volunteer": "V0001", "rule": "R-GEN"}, "#/evidence"),
]


@pytest.mark.parametrize(("path", "body", "pointer"), BAD, ids=str)
def test_a_malformed_request_is_refused_with_a_pointer(
    town: Town, as_: As, path: str, body: Any, pointer: str
) -> None:
    answer = as_("V0010").call("POST", path, body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]
    assert town.count("activities_scans") == 0


def test_what_is_no_json_is_refused(town: Town, client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {town.tokens['V0001']}"}
    kind = "application/json"
    answer = client.post("/api/v1/scans", data="{", headers=headers, content_type=kind)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


REFUSED = [
    ("V0001", "GET", "/activities/A1/roster", 403, "not-the-leader"),
    ("V0009", "GET", "/activities/A1/onsite-code", 403, "not-the-leader"),
    ("U-GZ", "GET", "/activities/A1/roster", 404, "unknown-activity"),
    ("U-GZ", "GET", "/activities/A1", 404, "unknown-activity"),
    ("U-SUP", "POST", "/activities/A1/confirmations", 403, "forbidden"),
    ("V0001", "POST", "/activities/A1/signups", 403, "not-the-leader"),
    ("V0001", "POST", "/awards/X/approval", 403, "forbidden"),
    ("U-SUP", "POST", "/awards/X/approval", 404, "unknown-award"),
    ("V0010", "DELETE", "/activities/A1/signups/V0001", 409, "too-late-to-cancel"),
    ("V0010", "DELETE", "/activities/NONE/signups/V0001", 404, "unknown-activity"),
]
BODIES = {
    "/activities/A1/confirmations": {"volunteer": "V0001"},
    "/activities/A1/signups": {"volunteer": "V0002"},
    "/awards/X/approval": {},
}


@pytest.mark.parametrize(("who", "method", "path", "status", "slug"), REFUSED, ids=str)
def test_who_may_not_hears_why(
    town: Town, as_: As, who: str, method: str, path: str, status: int, slug: str
) -> None:
    answer = as_(who).call(method, path, BODIES.get(path))
    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{slug}")
    assert answer.mimetype == "application/problem+json"


def test_nobody_is_asked_to_sign_in(town: Town, client: FlaskClient) -> None:
    answer = client.post("/api/v1/scans", json=scan_of(town, town.onsite("A1").url))
    assert answer.status_code == 401
    assert client.get("/api/v1/activities/A1/roster").status_code == 401


def test_a_nonce_with_another_code_is_a_conflict_of_keys(town: Town, as_: As) -> None:
    first = scan_of(town, town.pass_of("V0001"), activity="A1", nonce="one")
    as_("V0010").post("/scans", first)
    second = first | {"code": town.pass_of("V0002")}
    answer = as_("V0010").call("POST", "/scans", second)
    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/key-reused")


def test_one_s_own_scan_cannot_be_dated_back(town: Town, as_: As) -> None:
    sent = scan_of(town, town.onsite("A1").url, occurred_at="2025-10-18T07:40:00+08:00")
    answer = as_("V0001").call("POST", "/scans", sent)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "#/occurred_at"


def test_an_on_site_code_is_shown_to_the_leader_with_its_picture(town: Town, as_: As) -> None:
    shown = as_("V0010").get("/activities/A1/onsite-code")
    assert shown["url"] == town.onsite("A1").url
    assert shown["digits"] == town.onsite("A1").digits
    assert shown["svg"].startswith("data:image/svg+xml;base64,")
    assert shown["expires_at"] == "2025-10-18T00:00:20+00:00"


PLAN: dict[str, Any] = {
    "code": "B7", "community": "FM", "template": "AT02", "title": "Blood pressure", "place": "Hall",
    "starts_at": "2025-10-19T09:00:00+08:00", "ends_at": "2025-10-19T11:00:00+08:00",
    "leader": "V0009", "posts": [
        {"name": "doctor", "capacity": 1}, {"name": "helper", "capacity": 2, "rule": "R-GEN"},
    ],
}  # fmt: skip


def test_the_recorder_publishes_an_activity_with_two_posts(town: Town, as_: As) -> None:
    made = as_("U-ADM").post("/activities", PLAN, 201)
    assert [(post["name"], post["rule"]) for post in made["posts"]] == [
        ("doctor", "R-MED"), ("helper", "R-GEN"),
    ]  # fmt: skip
    assert (made["business_day"], made["opens_at"]) == ("2025-10-19", "2025-10-19T00:30:00+00:00")
    for who, seat in (("V0005", "confirmed"), ("V0008", "waiting")):
        taken = as_(who).post("/activities/B7/signups", {"post": "doctor"}, 201)
        assert taken["status"] == seat
    helper = as_("V0001").post("/activities/B7/signups", {"post": "helper"}, 201)
    assert helper["status"] == "confirmed"
    assert len(town.events("ActivityPublished")) == 3


@pytest.mark.parametrize(
    ("who", "change", "status", "slug"),
    [
        ("V0001", {}, 403, "forbidden"),
        ("U-GZ", {}, 403, "forbidden"),
        ("U-ADM", {"community": "GZ"}, 403, "forbidden"),
        ("U-ADM", {"code": "a1"}, 409, "code-taken"),
        ("U-ADM", {"template": "none"}, 404, "unknown-template"),
        ("U-ADM", {"leader": "G0001"}, 403, "wrong-community"),
        ("U-ADM", {"ends_at": "2025-10-19T09:00:00+08:00"}, 422, "unfit-time"),
        ("U-ADM", {"posts": [{"name": "x", "capacity": 0}]}, 422, "invalid"),
        ("U-ADM", {"posts": [{"name": "x", "capacity": 1, "rule": "?"}]}, 422, "unfit-rule"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(
    town: Town, as_: As, who: str, change: dict[str, Any], status: int, slug: str
) -> None:
    answer = as_(who).call("POST", "/activities", PLAN | change)
    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{slug}")
    assert town.count("activities") == 2
