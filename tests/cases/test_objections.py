"""A volunteer objects, somebody else answers in writing; only an upheld one moves anything."""

from datetime import date
from typing import Any

import pytest

from service import cases, programmes
from tests.activities.town import Town, at, move_to
from tests.cases.conftest import Apis, Pages

SAID: dict[str, Any] = {"key": "o1", "kind": "award", "ref": "MA-1", "text": "it was 4 hours"}


def filed(api: Apis, who: str = "V0001", status: int = 201, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api(who).post("/me/objections", SAID | more, status)
    return answer


def answered(api: Apis, who: str, status: int = 200, *, upheld: bool = False) -> dict[str, Any]:
    said = {"upheld": upheld, "words": "08:12 to 10:00 is 1.5 hours"}
    answer: dict[str, Any] = api(who).post("/objections/1/answer", said, status)
    return answer


def slug(answer: dict[str, Any]) -> str:
    return str(answer["type"]).rpartition("/")[2]


def letters(town: Town, code: str) -> list[str]:
    rows = town.database.rows(
        "SELECT m.kind FROM inbox_messages m JOIN people_volunteers v ON v.id = m.volunteer_id"
        " WHERE v.code = %(code)s ORDER BY m.id",
        {"code": code},
    )
    return [row["kind"] for row in rows]


def test_an_objection_is_due_within_working_days(town: Town, api: Apis) -> None:
    row = filed(api)
    assert (row["objection"], row["status"]) == ("OBJ-1", "open")
    days = town.run(programmes.rule_set, programme_id=1, day=date(2025, 10, 18))
    assert days.objection_answer_working_days == 5
    assert row["due_on"] == "2025-10-24"  # the Saturday does not count
    assert filed(api, status=200)["id"] == row["id"]
    assert filed(api, status=200, key="o2")["id"] == row["id"]  # the same thing still waits
    assert [event["due_on"] for event in town.events("ObjectionFiled")] == ["2025-10-24"]
    assert letters(town, "V0001")[-1] == "objection_filed"


def test_a_rejected_objection_moves_nothing_and_is_answered_in_writing(
    town: Town, api: Apis
) -> None:
    filed(api)
    before = town.count("ledger_transfers")
    done = answered(api, "U-SEC")
    assert (done["status"], done["case"]) == ("rejected", None)
    assert answered(api, "U-SEC") == done
    assert slug(answered(api, "U-SUP", 409)) == "objection-answered"
    assert town.count("ledger_transfers") == before
    assert town.count("cases") == 0
    (told,) = town.events("ObjectionAnswered")
    assert (told["verdict"], told["answer"]) == ("rejected", done["answer"])
    assert letters(town, "V0001")[-1] == "objection_rejected"
    mine = api("V0001").get("/me/objections/1")
    assert mine["answer"] == "08:12 to 10:00 is 1.5 hours"


def test_an_upheld_objection_goes_on_as_a_case(town: Town, api: Apis) -> None:
    filed(api)
    done = answered(api, "U-SEC", upheld=True)
    case = api("U-SEC").get(f"/cases/{done['case']}")
    assert (case["origin"], case["volunteer"]) == ("objection", "V0001")
    assert [one["kind"] for one in case["evidence"]] == ["objection", "award"]
    assert letters(town, "V0001")[-1] == "objection_upheld"


def test_who_made_it_does_not_answer(town: Town, api: Apis) -> None:
    town.database.call(
        "UPDATE people_staff SET volunteer_id = %(id)s WHERE code = 'U-SUP' RETURNING id",
        {"id": town.volunteer("V0010").id},
    )
    filed(api)
    assert slug(answered(api, "U-SUP", 403)) == "own-work"
    assert slug(answered(api, "U-ADM", 403)) == "forbidden"
    assert answered(api, "U-SEC")["status"] == "rejected"


def test_only_what_is_ones_own_can_be_objected_to(town: Town, api: Apis) -> None:
    for who, more in (
        ("V0002", {}), ("V0001", {"ref": "nothing"}), ("V0001", {"kind": "star", "ref": "9"}),
        ("V0001", {"kind": "exception", "ref": "x"}), ("V0001", {"kind": "notice", "ref": "none"}),
    ):  # fmt: skip
        assert slug(filed(api, who, 404, **more)) == "not-objectable"
    assert api("V0001").post("/me/objections", SAID | {"text": ""}, 422)["errors"]
    assert town.count("cases_objections") == 0


def test_others_do_not_read_it(town: Town, api: Apis) -> None:
    filed(api)
    api("V0002").get("/me/objections/1", 404)
    api("V0002").get("/objections", 403)
    assert api("V0002").get("/me/objections")["items"] == []


def test_paper_of_somebody_without_a_phone_is_typed_in(town: Town, api: Apis) -> None:
    row = api("U-ADM").post("/objections", SAID | {"volunteer": "v0001"}, 201)
    assert row["volunteer"] == "V0001"
    assert town.one("SELECT filed_by FROM cases_objections") == "staff:U-ADM"
    assert slug(api("U-GZ").call("POST", "/objections", SAID | {"key": "g", "volunteer": "V0001"})
                .get_json()) == "unknown-volunteer"  # fmt: skip


def test_a_slice_above_says_what_else_can_be_objected_to(
    town: Town, api: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = town.volunteer("V0001").community_id
    notice = cases.Matter(home, 1, "notice 18", made_by=("staff:U-SEC",))
    monkeypatch.setitem(cases.matters.READERS, "notice", lambda session, ref: notice)  # type: ignore[attr-defined]
    filed(api, kind="notice", ref="18")
    filed(api, "V0002", key="o2", kind="notice", ref="18")
    assert slug(answered(api, "U-SEC", 403)) == "own-work"
    answered(api, "U-SUP")
    counts = town.run(cases.objection_counts, notice_ref="18")
    assert counts == cases.Counts(filed=2, open=1, upheld=0, rejected=1)


def test_the_desk_sees_first_what_is_due_first(town: Town, api: Apis, as_: Pages) -> None:
    filed(api)
    move_to(town, at("09:00", day=date(2025, 10, 27)))
    home = [town.volunteer("V0001").community_id]
    found = town.run(cases.waiting, community_ids=home, today=date(2025, 10, 27))
    assert found == cases.Waiting(cases=0, proposals=0, objections=1, overdue=1)
    page = as_("U-SEC").get("/desk/objections")
    assert "overdue" in page
    assert "OBJ-1" in page


def test_the_phone_shows_what_is_wrong_and_the_answer(town: Town, as_: Pages, api: Apis) -> None:
    phone = as_("V0001")
    assert "/me/objections/new?kind=award&amp;ref=MA-1" in phone.get("/me/objections")
    assert "36 points" in phone.get("/me/objections/new?kind=award&ref=MA-1")
    phone.get("/me/objections/new?kind=award&ref=XX", 404)
    sent = phone.post("/me/objections", **SAID)
    assert "It has arrived" in sent.get_data(as_text=True)
    desk = as_("U-SEC")
    assert "it was 4 hours" in desk.get("/desk/objections/1")
    done = desk.post("/desk/objections/1/answer", upheld="false", words="1.5 hours stay")
    assert "1.5 hours stay" in done.get_data(as_text=True)
    assert "1.5 hours stay" in as_("V0001").get("/me/objections/1")


def test_the_desk_types_in_paper_on_a_page(town: Town, as_: Pages) -> None:
    desk = as_("U-ADM")
    assert "Photo of the sheet" in desk.get("/desk/objections/new")
    done = desk.post("/desk/objections", volunteer="V0001", **SAID).get_data(as_text=True)
    assert "Objection OBJ-1" in done
    assert "Another person must answer" in done
