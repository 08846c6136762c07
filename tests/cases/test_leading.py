"""Suspended from leading: proposed in a case, approved by another person, over by itself."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from service import people
from service.activities import PostPlan
from service.activities.actions import rights
from service.activities.actions.series import SeriesPlan, Weekly, make_occurrences, plan_series
from service.activities.refusals import LeaderSuspended
from tests.activities.town import Api, Town, at, move_to
from tests.cases.conftest import Apis, Pages
from tests.cases.test_cases import decided, opened, slug

LAST = date(2025, 10, 31)
LEADER = {"volunteer": "V0010", "until": LAST.isoformat()}
ASKED = {"key": "p1", "reason": "He confirmed people who were not there.", "suspension": LEADER}


def suspended(api: Apis) -> dict[str, Any]:
    """Let the recorder propose and the secretary approve that V0010 leads nothing until LAST."""
    opened(api)
    api("U-ADM").post("/cases/1/proposals", ASKED, 201)
    return decided(api, "U-SEC")


@dataclass(frozen=True)
class Deed:
    """Something that only whoever leads or keeps an activity may do."""

    method: str
    path: str
    body: dict[str, Any] | None = None


SCAN = {"code": "V0001", "action": "in", "nonce": "n1", "activity": "A1"}
DEEDS = [
    Deed("POST", "/activities/A1/confirmations", {"volunteer": "V0001"}),
    Deed("POST", "/activities/A1/headcounts", {"count": 3, "nonce": "h"}),
    Deed("POST", "/scans", SCAN),
    Deed("GET", "/activities/A1/offline-roster"),
    Deed("GET", "/activities/A1/roster"),
    Deed("GET", "/activities/A1/onsite-code"),
    Deed("POST", "/activities/A1/cancellation", {"reason": "rain"}),
    Deed("POST", "/activities/A1/state", {"to": "confirmed"}),
]


def call(api: Api, deed: Deed) -> Any:
    """Do a deed; return its answer."""
    return api.call(deed.method, deed.path, deed.body)


def test_one_proposes_another_approves_and_nobody_decides_about_himself(
    town: Town, api: Apis
) -> None:
    opened(api)
    case = api("U-ADM").post("/cases/1/proposals", ASKED, 201)
    assert case["proposals"][0]["suspension"] == LEADER
    assert (
        town.run(rights.suspended_until, volunteer_id=town.volunteer("V0010").id, on=LAST) is None
    )
    assert slug(api("U-ADM").post("/cases/1/proposals/1/decision", {}, 403)) == "forbidden"
    town.database.call(
        "UPDATE people_staff SET volunteer_id = %(id)s WHERE code = 'U-SUP' RETURNING id",
        {"id": town.volunteer("V0010").id},
    )
    move_to(town, at("22:01"))
    assert slug(decided(api, "U-SUP", 403)) == "rejected-beneficiary"
    assert decided(api, "U-SEC")["proposals"][0]["status"] == "approved"


def test_who_proposed_it_does_not_approve_it(town: Town, api: Apis) -> None:
    opened(api)
    api("U-SEC").post("/cases/1/proposals", ASKED, 201)
    assert slug(decided(api, "U-SEC", 403)) == "rejected-proposer"
    assert town.count("activities_rights") == 0


def test_it_is_in_the_trail_in_the_inbox_and_told_to_partners(town: Town, api: Apis) -> None:
    suspended(api)
    deeds = town.database.rows("SELECT action, subject, detail FROM trail_records ORDER BY id")
    said = [(one["action"], one["subject"]) for one in deeds]
    assert ("case.propose", "case:1") in said
    assert ("case.approve", "case:1") in said
    assert ("right", "volunteer:V0010") in said
    (detail,) = (one["detail"] for one in deeds if one["action"] == "right")
    assert detail == {"right": "lead", "held": False, "until": "2025-10-31", "case": "CASE-1"}
    (told,) = town.events("RightSuspended")
    assert (told["right"], told["until"]) == ("lead", "2025-10-31")
    letters = town.database.rows("SELECT kind, params FROM inbox_messages WHERE kind LIKE 'case%'")
    assert letters == [
        {"kind": "case_no_leading", "params": {"last_day": "2025-10-31", "case": "CASE-1"}}
    ]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: f"{deed.method} {deed.path}")
def test_whoever_may_not_lead_is_told_until_when(town: Town, api: Apis, deed: Deed) -> None:
    before = call(api("V0010"), deed)
    assert "suspended-from-leading" not in before.get_data(as_text=True)
    suspended(api)
    answer = call(api("V0010"), deed)
    told = answer.get_json()
    assert (answer.status_code, slug(told)) == (403, "suspended-from-leading")
    assert "2025-10-31" in told["detail"]
    assert "hours and points stay" in told["detail"]


def test_it_ends_by_itself_on_the_day_after(town: Town, api: Apis) -> None:
    suspended(api)
    gate = Deed("GET", "/activities/A1/offline-roster")
    move_to(town, at("23:59", day=LAST))
    assert call(api("V0010"), gate).status_code == 403
    move_to(town, at("00:00", day=date(2025, 11, 1)))
    assert call(api("V0010"), gate).status_code == 200


def test_the_community_goes_on_without_the_leader(town: Town, api: Apis) -> None:
    suspended(api)
    assert call(api("U-ADM"), Deed("GET", "/activities/A1/offline-roster")).status_code == 200
    assert call(api("U-ADM"), Deed("GET", "/activities/A1/roster")).status_code == 200


def test_a_leader_who_may_not_lead_awards_nothing_by_hand(town: Town, api: Apis) -> None:
    leader = town.volunteer("V0010").id
    assert town.run(rights.may_award, volunteer_id=leader, now=at("22:00"))
    suspended(api)
    assert not town.run(rights.may_award, volunteer_id=leader, now=at("22:00"))
    assert town.run(rights.may_award, volunteer_id=leader, now=at("00:00", day=date(2025, 11, 1)))


def test_nobody_is_named_for_a_day_of_the_suspension(town: Town, api: Apis) -> None:
    suspended(api)
    post = {"name": "all", "capacity": 3}
    plan = {
        "code": "B1", "community": "FM", "template": "AT01", "title": "Yard", "place": "Yard 1",
        "leader": "V0010", "posts": [post], "starts_at": "2025-10-31T09:00:00+08:00",
        "ends_at": "2025-10-31T11:00:00+08:00",
    }  # fmt: skip
    refused = api("U-ADM").post("/activities", plan, 422)
    assert slug(refused) == "leader-suspended"
    assert refused["errors"][0]["pointer"] == "#/leader"
    later = {"starts_at": "2025-11-01T09:00:00+08:00", "ends_at": "2025-11-01T11:00:00+08:00"}
    api("U-ADM").post("/activities", plan | later, 201)
    back = {"starts_at": plan["starts_at"], "ends_at": plan["ends_at"]}
    moved = api("U-ADM").call("PUT", "/activities/B1", back)
    assert slug(moved.get_json()) == "leader-suspended"
    other = plan | {"code": "B2", "leader": "V0009"}
    api("U-ADM").post("/activities", other, 201)
    named = api("U-ADM").call("PUT", "/activities/B2", {"leader": "V0010"})
    assert slug(named.get_json()) == "leader-suspended"


def test_a_series_goes_on_and_none_begins(town: Town, api: Apis) -> None:
    weekly = Weekly(
        weekdays=[1], starts=at("09:00").time(), ends=at("11:00").time(),
        from_day=date(2025, 10, 20),
    )  # fmt: skip
    plan = SeriesPlan(
        template="AT01", title="Yard", place="Yard 1", leader="V0010",
        posts=[PostPlan("all", 3, None)], weekly=weekly,
    )  # fmt: skip
    home = town.run(people.unit, code="FM")
    given = {"community": home, "actor": "system", "now": at("22:00")}
    begun = town.run(plan_series, plan=plan, **given)
    suspended(api)
    later = at("08:00", day=date(2025, 10, 25))
    made = town.run(make_occurrences, series=begun, actor="system", now=later)
    assert made
    with pytest.raises(LeaderSuspended):
        town.run(plan_series, plan=plan, **given)


def test_a_shorter_suspension_takes_the_place_of_a_longer_one(town: Town, api: Apis) -> None:
    suspended(api)
    short = {"volunteer": "V0010", "until": "2025-10-19"}
    again = {"key": "p2", "reason": "A week is enough.", "suspension": short}
    api("U-ADM").post("/cases/1/proposals", again, 201)
    api("U-SUP").post("/cases/1/proposals/2/decision", {})
    leader = town.volunteer("V0010").id
    assert town.run(rights.suspended_until, volunteer_id=leader, on=date(2025, 10, 19))
    assert not town.run(rights.suspended_until, volunteer_id=leader, on=date(2025, 10, 20))


def test_what_was_decided_too_late_is_refused(town: Town, api: Apis) -> None:
    opened(api)
    over = LEADER | {"until": "2025-10-17"}
    refused = api("U-ADM").post("/cases/1/proposals", ASKED | {"suspension": over}, 422)
    assert slug(refused) == "suspension-over"
    api("U-ADM").post("/cases/1/proposals", ASKED, 201)
    move_to(town, at("08:00", day=date(2025, 11, 2)))
    assert slug(decided(api, "U-SEC", 422)) == "suspension-over"
    assert town.count("activities_rights") == 0
    stranger = ASKED | {"key": "p9", "suspension": {"volunteer": "G0001", "until": "2025-12-01"}}
    decided(api, "U-SEC", accept=False, reason="too late")
    assert slug(api("U-ADM").post("/cases/1/proposals", stranger, 404)) == "unknown-volunteer"


def test_the_pages_say_it_in_plain_words(town: Town, as_: Pages) -> None:
    recorder = as_("U-ADM")
    recorder.post("/desk/cases", key="k", title="nobody was there", volunteer="V0001")
    asked = {"volunteer": "v0010", "until": "2025-10-31", "reason": "not there"}
    page = recorder.post("/desk/cases/1/proposals", key="p", **asked).get_data(as_text=True)
    assert "No leading until Friday 31 October: V0010" in page
    approver = as_("U-SUP")
    assert "Approve it" in approver.get("/desk/cases/1")
    page = approver.post("/desk/cases/1/proposals/1/decision", decision="accept")
    assert "approved and posted" in page.get_data(as_text=True)
    assert "Suspended from leading" in approver.get("/desk/awards/rights")
    assert "The leader may not lead on this day" in approver.get("/desk/activities/A1")
    leader = as_("V0010")
    shown = leader.get("/activities/A1")
    assert "You lead no activity until Friday 31 October" in shown
    assert "Your hours and points stay" in shown
    assert "For the leader" not in shown
    assert "You lead no activity until Friday 31 October" in leader.get("/gate/")
    assert "You may not lead activities for now" in leader.get("/activities/A1/evaluations", 403)
    refused = leader.get("/activities/A1/confirm", 403)
    assert "You may not lead activities for now" in refused
    assert "You lead no activity until Friday 31 October" in leader.get("/me/inbox")
