"""The audit over HTTP: who reads, who decides, and that the neighbours see nothing."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import Session

from service import audit, people
from service.audit import Auditor, Period
from service.audit.book import TITLES
from service.audit.queries import PAGE
from service.audit.words import MEANINGS, PARTS
from tests.activities.test_manual_awards import claim
from tests.activities.town import DAY, NOW, Api, Town, at


@pytest.fixture
def found(town: Town, client: FlaskClient) -> Town:
    """A finding about V0001, and one about the neighbours' G0001; a neighbouring secretary."""
    claim(town, "MA-1")

    def neighbour(session: Session) -> str:
        home = people.unit(session, "GZ")
        row = people.employ(session, code="U-GZS", title="neighbour", community_id=home.id)
        people.grant(session, staff_id=row.id or 0, role=people.Role.SECRETARY, scope_code="GZ")
        return people.open_staff_session(session, staff_id=row.id or 0, now=NOW)

    town.tokens["U-GZS"] = town.database.atomic(neighbour)
    period = Period(town.volunteer("V0001").programme_id, DAY, DAY)
    audit.look(town.database, period, now=at("20:00"))
    return town


def api(town: Town, client: FlaskClient, who: str) -> Api:
    return Api(client, town.tokens[who])


def unseen(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in items if one["rule"] == "no_attendance_evidence"]


def page(town: Town, client: FlaskClient, who: str, path: str, lang: str = "en") -> str:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": lang}
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_findings_are_listed_and_told(found: Town, client: FlaskClient) -> None:
    desk = api(found, client, "U-SEC")
    said = desk.get("/audit/findings?rule=no_attendance_evidence")
    (one,) = said["items"]
    assert (one["subject"], one["community"], one["evidence"]["awards"]) == (
        "volunteer:V0001", "FM", ["MA-1"],
    )  # fmt: skip
    assert said["open"]["no_attendance_evidence"] == 1
    assert desk.get(f"/audit/findings/{one['id']}")["status"] == "open"


def test_the_neighbours_see_and_decide_nothing(found: Town, client: FlaskClient) -> None:
    (one,) = unseen(api(found, client, "U-SEC").get("/audit/findings")["items"])
    neighbour = api(found, client, "U-GZS")
    assert unseen(neighbour.get("/audit/findings")["items"]) == []
    neighbour.get(f"/audit/findings/{one['id']}", 404)
    neighbour.post(f"/audit/findings/{one['id']}/dismissal", {"reason": "mine"}, 404)
    neighbour.get("/audit/findings?community=FM", 404)
    assert "V0001" not in page(found, client, "U-GZS", "/desk/audit")


@pytest.mark.parametrize(("who", "status"), [("U-ADM", 403), ("V0001", 403), ("U-SUP", 200)])
def test_who_may_dismiss(found: Town, client: FlaskClient, who: str, status: int) -> None:
    (one,) = unseen(api(found, client, "U-SEC").get("/audit/findings")["items"])
    desk = api(found, client, who)
    desk.post(f"/audit/findings/{one['id']}/dismissal", {"reason": "I was there"}, status)
    after = api(found, client, "U-SEC").get(f"/audit/findings/{one['id']}")
    assert after["status"] == ("dismissed" if status == 200 else "open")


def test_a_dismissal_without_a_reason_names_the_field(found: Town, client: FlaskClient) -> None:
    desk = api(found, client, "U-SEC")
    (one,) = unseen(desk.get("/audit/findings")["items"])
    said = desk.post(f"/audit/findings/{one['id']}/dismissal", {"reason": " "}, 422)
    assert "reason" in str(said)
    assert desk.get(f"/audit/findings/{one['id']}")["status"] == "open"


def test_a_look_is_asked_for_and_followed(found: Town, client: FlaskClient) -> None:
    desk = api(found, client, "U-SEC")
    asked = desk.post("/audit/runs", {"since": "2025-10-01", "until": "2025-10-31"}, 202)
    assert (asked["done"], asked["ended_at"]) == (0, None)
    Auditor(found.database, lambda: at("21:00"), lambda done, total: None).work_off()
    (run,) = desk.get("/audit/runs")["items"]
    assert (run["done"], run["rules"]) == (len(audit.RULES), len(audit.RULES))
    assert (run["since"], run["looked_until"]) == ("2025-10-01", run["until"])
    for days in (("2025-10-31", "2025-10-01"), ("2024-01-01", "2024-12-31")):
        refused = desk.post("/audit/runs", dict(zip(("since", "until"), days, strict=True)), 422)
        assert "between 2025-01-01 and 2025-10-18" in refused["detail"]
        assert "until" in str(refused["errors"])
    desk.post("/audit/runs", {"since": "yesterday"}, 422)
    api(found, client, "U-ADM").post(
        "/audit/runs", {"since": "2025-10-01", "until": "2025-10-31"}, 403
    )


def test_the_page_of_a_finding_leads_to_what_it_is_made_of(
    found: Town, client: FlaskClient
) -> None:
    (one,) = unseen(api(found, client, "U-SEC").get("/audit/findings")["items"])
    text = page(found, client, "U-SEC", f"/desk/audit/{one['id']}")
    for link in (
        "/desk/awards/MA-1", "/desk/people/V0001", "/desk/staff/U-ADM",
        f"/desk/cases/new?finding={one['id']}", f"/desk/audit/{one['id']}/dismissal",
    ):  # fmt: skip
        assert link in text, link
    assert "2025-10-18 9:00" in text
    read_only = page(found, client, "U-ADM", f"/desk/audit/{one['id']}")
    assert "dismissal" not in read_only


def test_pages_decide_too(found: Town, client: FlaskClient) -> None:
    (one,) = unseen(api(found, client, "U-SEC").get("/audit/findings")["items"])
    headers = {"Authorization": f"Bearer {found.tokens['U-SEC']}"}
    sent = {"reason": "I was there"}
    answer = client.post(f"/desk/audit/{one['id']}/dismissal", data=sent, headers=headers)
    assert answer.status_code == 303
    assert "I was there" in page(found, client, "U-SEC", f"/desk/audit/{one['id']}")
    days = {"since": "2025-10-01", "until": "2025-10-18"}
    assert client.post("/desk/audit/runs", data=days, headers=headers).status_code == 303
    assert "2025-10-01" in page(found, client, "U-SEC", "/desk/audit/part")
    Auditor(found.database, lambda: at("21:00"), lambda done, total: None).work_off()
    days = {"since": "2025-03-01", "until": "2025-10-18"}
    assert client.post("/desk/audit/runs", data=days, headers=headers).status_code == 303
    Auditor(found.database, lambda: at("21:00"), lambda done, total: None).work_off()
    looks = page(found, client, "U-SEC", "/desk/audit/part")
    assert "looked until 2025-03-31" in looks
    assert 'max="100" value="13"' in looks  # 31 of 232 days


def test_a_long_list_is_paged_without_gaps(found: Town, client: FlaskClient) -> None:
    community = found.volunteer("V0001").community_id
    programme = found.volunteer("V0001").programme_id
    for place in range(PAGE + 5):
        told = audit.Finding(f"k{place}", f"volunteer:V{place}", community, DAY, {})
        found.run(
            audit.file_finding, programme_id=programme, rule="call_back_differs", finding=told,
            weight=audit.ASK, now=NOW,
        )  # fmt: skip
    desk = api(found, client, "U-SEC")
    first = desk.get("/audit/findings?rule=call_back_differs")
    rest = desk.get(f"/audit/findings?rule=call_back_differs&before={first['next']}")
    seen = [one["subject"] for one in first["items"] + rest["items"]]
    assert len(first["items"]) == PAGE
    assert rest["next"] is None
    assert sorted(seen) == sorted({f"volunteer:V{place}" for place in range(PAGE + 5)})
    assert 'rel="next"' in page(found, client, "U-SEC", "/desk/audit?rule=call_back_differs")


def test_pages_cost_the_same_however_much_was_found(found: Town, client: FlaskClient) -> None:
    home = found.volunteer("V0001")

    def costs() -> list[int]:
        return [
            len(statements(found, partial(page, found, client, "U-SEC", each)))
            for each in ("/desk/audit", "/desk/audit/1", "/desk/audit/part")
        ]

    costs()  # the first request of all may look more up
    before = costs()
    for place in range(20):
        told = audit.Finding(f"k{place}", "volunteer:V0001", home.community_id, DAY, {})
        found.run(
            audit.file_finding, programme_id=home.programme_id, rule="call_back_differs",
            finding=told, weight=audit.ASK, now=NOW,
        )  # fmt: skip
    assert costs() == before
    assert max(before) <= 6


def statements(town: Town, work: Callable[[], object]) -> list[str]:
    """Return the statements of the session's engine while some work is done."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(town.database.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(town.database.engine, "before_cursor_execute", note)
    return seen


@pytest.mark.parametrize("path", ["?before=x", "?status=gone", "?rule=none", "?community=XX"])
def test_addresses_that_say_nothing_are_refused(
    found: Town, client: FlaskClient, path: str
) -> None:
    answer = api(found, client, "U-SEC").call("GET", f"/audit/findings{path}")
    assert answer.status_code in {404, 422}


def test_every_rule_has_its_words(found: Town, client: FlaskClient) -> None:
    assert set(MEANINGS) == set(TITLES)
    assert all(word for word in PARTS.values())
    assert "没有签到的补录" in page(found, client, "U-SEC", "/desk/audit", "zh-Hans")
