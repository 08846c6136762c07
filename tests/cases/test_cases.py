"""A case from found to answered: several awards taken back by two people, all of them or none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from service import audit, cases, people
from service.activities import Decision
from service.activities.actions import rights as by_hand
from service.cases.actions.proposing import decide
from service.people import Caller
from tests.activities.test_manual_awards import claim
from tests.activities.town import Town, at, hire, move_to
from tests.cases.conftest import Apis

BOTH = ["MA-1", "MA-2"]


def opened(api: Apis, who: str = "U-SEC", **more: Any) -> dict[str, Any]:
    given = {"key": "k1", "title": "rehearsal that nobody saw", "volunteer": "V0001"}
    answer: dict[str, Any] = api(who).post("/cases", given | {"awards": BOTH} | more, 201)
    return answer


def proposed(api: Apis, who: str = "U-SEC", **more: Any) -> dict[str, Any]:
    case = opened(api)
    given = {"key": "p1", "reason": "an old photo", "awards": BOTH} | more
    answer: dict[str, Any] = api(who).post(f"/cases/{case['id']}/proposals", given, 201)
    return answer


def decided(api: Apis, who: str, status: int = 200, **said: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api(who).post("/cases/1/proposals/1/decision", said, status)
    return answer


def slug(answer: dict[str, Any]) -> str:
    return str(answer["type"]).rpartition("/")[2]


def test_a_case_is_numbered_in_its_community_and_year(town: Town, api: Apis) -> None:
    first = opened(api)
    assert (first["case"], first["year"], first["status"]) == ("CASE-1", 2025, "found")
    assert opened(api, key="k2")["case"] == "CASE-2"
    again = api("U-SEC").post("/cases", {"key": "k1", "title": "again"}, 200)
    assert (again["id"], again["replayed"]) == (first["id"], True)
    assert town.balance("V0001") == 72
    (told, _) = town.events("CaseOpened")
    assert told == {"case": 1, "code": "CASE-1", "community": "FM", "origin": "hand"}
    move_to(town, at("08:00", day=date(2026, 1, 3)))
    assert opened(api, key="k3")["case"] == "CASE-1"


def test_two_at_once_never_get_one_number(town: Town, api: Apis) -> None:

    who, home = town.caller("U-SEC"), town.volunteer("V0001").community_id

    def one(n: int) -> int:
        given = cases.Opening(key=f"race-{n}", community_id=home, title="x")
        return int(town.run(cases.open_case, given=given, by=who, now=at("22:00"))[0].number)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(12))) == list(range(1, 13))


def test_several_awards_go_back_together_by_two_people(town: Town, api: Apis) -> None:
    case = proposed(api)
    assert [one["points"] for one in case["proposals"]] == [-72]
    assert town.balance("V0001") == 72
    done = decided(api, "U-SUP")
    (said,) = done["proposals"]
    assert (said["status"], said["decided_by"]) == ("approved", "staff:U-SUP")
    assert len({part["transfer"] for part in said["parts"]} - {None}) == 2
    assert town.balance("V0001") == 0
    states = town.database.rows("SELECT DISTINCT status FROM activities_awards")
    assert states == [{"status": "reversed"}]
    assert [event["award"] for event in town.events("ReversalPosted")] == BOTH
    assert len(town.events("ReversalProposed")) == 2
    assert decided(api, "U-SUP")["proposals"] == done["proposals"]
    assert town.one("SELECT count(*) FROM ledger_transfers WHERE kind = 'reverse'") == 2


def test_neither_maker_nor_proposer_nor_beneficiary_decides(town: Town, api: Apis) -> None:
    proposed(api)
    for who, word in (("V0010", "rejected-maker"), ("U-SEC", "rejected-proposer")):
        assert slug(decided(api, who, 403)) == word
    town.database.call(
        "UPDATE people_staff SET volunteer_id = %(id)s WHERE code = 'U-SUP' RETURNING id",
        {"id": town.volunteer("V0001").id},
    )
    assert slug(decided(api, "U-SUP", 403)) == "rejected-beneficiary"
    assert slug(decided(api, "V0002", 404)) == "unknown-case"
    assert town.balance("V0001") == 72


def test_what_belongs_to_a_case_is_not_decided_alone(town: Town, api: Apis) -> None:
    proposed(api)
    alone = api("U-SUP").post("/awards/MA-1/reversal/approval", {}, 409)
    assert slug(alone) == "decided-together"
    assert town.balance("V0001") == 72


def test_one_award_that_cannot_go_back_keeps_all_of_them(town: Town, api: Apis) -> None:
    api("U-SEC").post("/awards/MA-2/reversal", {"reason": "alone"}, 201)
    case = opened(api)
    given = {"key": "p1", "reason": "an old photo", "awards": BOTH}
    refused = api("U-SEC").post(f"/cases/{case['id']}/proposals", given, 409)
    assert slug(refused) == "proposed-before"
    assert town.count("cases_proposals") == 0
    assert town.one("SELECT count(*) FROM activities_award_reversals") == 1


def test_a_refused_proposal_moves_nothing_and_another_may_be_made(town: Town, api: Apis) -> None:
    proposed(api)
    assert slug(decided(api, "U-SUP", 422, accept=False)) == "case-words-missing"
    done = decided(api, "U-SUP", accept=False, reason="the photo is of that day")
    assert done["proposals"][0]["refusal"] == "the photo is of that day"
    assert town.balance("V0001") == 72
    assert slug(decided(api, "U-SUP", 409, accept=True)) == "proposal-decided"
    again = {"key": "p2", "reason": "it is not", "awards": BOTH}
    assert len(api("U-SEC").post("/cases/1/proposals", again, 201)["proposals"]) == 2


def test_one_proposal_at_a_time_and_the_same_key_answers_the_first(town: Town, api: Apis) -> None:
    proposed(api)
    same = {"key": "p1", "reason": "an old photo", "awards": BOTH}
    assert len(api("U-SEC").post("/cases/1/proposals", same, 201)["proposals"]) == 1
    other = same | {"key": "p2"}
    assert slug(api("U-SEC").post("/cases/1/proposals", other, 409)) == "proposal-waits"
    nothing = {"key": "p3", "reason": "x"}
    decided(api, "U-SUP")
    assert slug(api("U-SEC").post("/cases/1/proposals", nothing, 422)) == "nothing-to-reverse"


def test_two_approvers_at_once_post_it_once(town: Town, api: Apis) -> None:
    proposed(api)

    callers: list[Caller] = [town.caller("U-SUP")] * 6

    def one(by: Caller) -> str:
        return str(
            town.run(
                decide, case_id=1, nth=1, decision=Decision(accept=True), by=by, now=at("22:05")
            ).decision
        )

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(one, callers)) == {"approved"}
    assert town.balance("V0001") == 0
    assert town.one("SELECT count(*) FROM ledger_transfers WHERE kind = 'reverse'") == 2


def test_a_right_is_suspended_until_a_day_and_comes_back_by_itself(town: Town, api: Apis) -> None:
    opened(api)
    path, said = "/cases/1/suspensions", {"volunteer": "V0010", "until": "2025-10-31"}
    assert slug(api("U-SUP").post(path, said, 403)) == "forbidden"
    assert slug(api("U-SEC").post(path, said | {"until": "2025-10-17"}, 422)) == "suspension-over"
    done = api("U-SEC").post(path, said)
    assert (done["held"], done["until"]) == (False, "2025-10-31")
    assert api("U-SEC").post(path, said) == done
    (told,) = town.events("RightSuspended")
    assert told["until"] == "2025-10-31"
    leader = town.volunteer("V0010").id
    last, after = at("23:59", day=date(2025, 10, 31)), at("00:00", day=date(2025, 11, 1))
    assert not town.run(by_hand.may_award, volunteer_id=leader, now=last)
    assert town.run(by_hand.may_award, volunteer_id=leader, now=after)
    deeds = town.database.rows(
        "SELECT action FROM trail_records WHERE subject = 'case:1' ORDER BY id"
    )
    assert [one["action"] for one in deeds] == ["case.open", "case.suspend", "change"]


def test_who_was_never_entrusted_gains_nothing_by_a_suspension(town: Town, api: Apis) -> None:
    opened(api)
    api("U-SEC").post("/cases/1/suspensions", {"volunteer": "V0003", "until": "2025-10-31"})
    after = at("00:00", day=date(2025, 11, 1))
    assert not town.run(by_hand.may_award, volunteer_id=town.volunteer("V0003").id, now=after)


def test_a_case_ends_with_an_answer_and_is_never_changed(town: Town, api: Apis) -> None:
    proposed(api)
    give = {"to": "U-SEC", "was": None}
    assert api("U-SEC").post("/cases/1/assignment", give)["status"] == "assigned"
    assert slug(api("U-SEC").post("/cases/1/assignment", {"to": "U-ADM"}, 422)).endswith(
        "not-assignable"
    )
    solved = {"outcome": "put_right", "words": "both taken back"}
    assert slug(api("U-SEC").post("/cases/1/solution", solved, 409)) == "proposal-waits"
    assert slug(api("U-SEC").post("/cases/1/answer", {"words": "x"}, 409)) == "case-not-solved"
    decided(api, "U-SUP")
    assert api("U-SEC").post("/cases/1/solution", solved)["status"] == "solved"
    said = {"words": "The two awards were taken back."}
    done = api("U-SEC").post("/cases/1/answer", said)
    assert (done["status"], done["answer"]) == ("answered", said["words"])
    assert api("U-SEC").post("/cases/1/answer", said) == done
    assert slug(api("U-SEC").post("/cases/1/answer", {"words": "y"}, 409)) == "case-answered"
    more = {"kind": "note", "ref": "n", "note": "late"}
    assert slug(api("U-SEC").post("/cases/1/evidence", more, 409)) == "case-answered"
    kinds = town.database.rows("SELECT kind FROM inbox_messages ORDER BY id DESC LIMIT 1")
    assert kinds == [{"kind": "case_answered"}]
    with pytest.raises(Exception, match="stays"):
        town.database.call("UPDATE cases SET answer = 'z' RETURNING id", {})


def test_other_communities_see_no_case(town: Town, api: Apis) -> None:
    proposed(api)
    town.run(hire_secretary, town=town)
    for path in ("/cases/1", "/objections/1"):
        api("U-GS").get(path, 404)
    assert api("U-GS").get("/cases")["items"] == []
    assert slug(decided(api, "U-GS", 404)) == "unknown-case"
    api("U-GS").post("/cases/1/proposals", {"reason": "x", "awards": BOTH}, 404)
    foreign = {"key": "g", "title": "theirs", "awards": BOTH}
    assert slug(api("U-GS").post("/cases", foreign, 422)) == "unknown-evidence"
    assert town.count("cases") == 1


def hire_secretary(session: Session, *, town: Town) -> None:

    hire(session, town, "U-GS", people.unit(session, "GZ"), "community_secretary")
    staff = people.staff(session, "U-GS")
    town.tokens["U-GS"] = people.open_staff_session(
        session, staff_id=staff.id or 0, now=town.clock.now()
    )


def test_a_finding_is_taken_up_with_the_awards_that_it_points_at(town: Town, api: Apis) -> None:
    home = town.volunteer("V0001").community_id

    def work(session: Session) -> int:
        row = audit.AuditFinding(
            programme_id=1, community_id=home, rule="no_attendance_evidence",
            subject="volunteer:V0001", day=date(2025, 10, 18), key="V0001:2025-10-18", weight=2,
            evidence={"awards": BOTH, "volunteers": ["V0001"]}, found_at=at("21:50"),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return int(row.id or 0)

    number = town.database.atomic(work)
    given = {"key": "f", "title": "no attendance", "findings": [number]}
    case = api("U-SEC").post("/cases", given, 201)
    assert (case["origin"], case["volunteer"]) == ("finding", "V0001")
    assert [(one["kind"], one["ref"]) for one in case["evidence"]] == [
        ("finding", str(number)), ("award", "MA-1"), ("award", "MA-2"),
    ]  # fmt: skip
    row = town.database.rows("SELECT status, case_id FROM audit_findings")
    assert row == [{"status": "in_case", "case_id": case["id"]}]
    other = api("U-SEC").call("POST", "/cases", given | {"key": "f2"})
    assert other.status_code in {409, 422}
    assert town.count("cases") == 1


def test_rings_of_wallets_do_not_catch_each_other(town: Town, api: Apis) -> None:
    claim(town, "MB-1", who="V0002", by="V0010")
    claim(town, "MB-2", who="V0002", by="V0010",
          claimed_from=at("14:00"), claimed_to=at("17:00"))  # fmt: skip
    for n, keys in ((1, ["MA-1", "MB-2"]), (2, ["MB-1", "MA-2"])):
        opened(api, key=f"k{n}", awards=keys)
        given = {"key": "p", "reason": "x", "awards": keys}
        api("U-SEC").post(f"/cases/{n}/proposals", given, 201)

    by = town.caller("U-SUP")

    def one(number: int) -> None:
        town.run(
            decide, case_id=number, nth=1, decision=Decision(accept=True), by=by, now=at("22:05")
        )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, (1, 2)))
    assert (town.balance("V0001"), town.balance("V0002")) == (0, 0)
