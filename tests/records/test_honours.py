"""Honours and training: typed in once, taken back with a reason, public only by consent."""

from datetime import date
from typing import Any

import pytest

from service import people, records, trail
from service.errors import KeyReused
from service.records.actions.honours import (
    FOUNDING,
    Citation,
    add_kind,
    grant_honour,
    retire_kind,
    withdraw_honour,
)
from service.records.actions.trainings import Course, enter_training, withdraw_training
from service.records.queries import persons
from service.records.queries.persons import Whose
from service.records.refusals import AheadOfTime, OwnHonour, ReasonMissing, UnknownKind
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import BORN, DAY, Town
from tests.records.conftest import Pages
from tests.records.test_lines import force

COURSE = {"kind": "skill", "title": "First aid", "day": DAY, "minutes": 90, "certificate": "No. 7"}


def honour(town: Town, who: str = "V0001", by: str = "U-SEC", **said: Any) -> Any:
    given = {"kind_id": 1, "day": DAY, "reason": "ten years of help", "key": "HN-1"} | said
    person = town.volunteer(who)
    now, caller = town.clock.now(), town.caller(by)
    return town.run(grant_honour, person=person, said=Citation(**given), by=caller, now=now)


def course(town: Town, who: str = "V0001", **said: Any) -> Any:
    given = COURSE | {"key": "TR-1"} | said
    now, caller = town.clock.now(), town.caller("U-ADM")
    person = town.volunteer(who)
    return town.run(enter_training, person=person, course=Course(**given), by=caller, now=now)


def test_a_programme_begins_with_its_kinds_and_they_are_data(town: Town) -> None:
    kinds = persons.honour_kinds(town.database, 1)
    assert [kind["name"] for kind in kinds] == list(FOUNDING)
    town.run(records.found_honour_kinds, programme_id=1, by="system", now=BORN)
    assert len(persons.honour_kinds(town.database, 1)) == len(FOUNDING)
    town.run(add_kind, programme_id=1, name=" 最美志愿者 ", by="staff:U-SEC", now=BORN)
    assert "最美志愿者" in [kind["name"] for kind in persons.honour_kinds(town.database, 1)]


def test_a_kind_given_up_is_not_granted_and_its_honours_stay(town: Town) -> None:
    honour(town)
    town.run(retire_kind, kind_id=1, programme_id=1)
    with pytest.raises(UnknownKind):
        honour(town, key="HN-2")
    assert len(persons.honours(town.database, Whose(1))) == 1
    town.run(add_kind, programme_id=1, name=FOUNDING[0], by="staff:U-SEC", now=BORN)
    assert honour(town, key="HN-2").kind_id == 1


def test_an_honour_sent_twice_is_one_and_another_use_of_its_key_is_refused(town: Town) -> None:
    assert honour(town).id == honour(town).id
    assert town.count("records_honours") == 1
    with pytest.raises(KeyReused):
        honour(town, who="V0002")


def test_what_cannot_be_honoured_is_refused_and_nothing_is_written(town: Town, admin) -> None:
    with pytest.raises(AheadOfTime):
        honour(town, day=date(2025, 10, 19))
    with pytest.raises(UnknownKind):
        honour(town, kind_id=99)
    with pytest.raises(ReasonMissing):
        honour(town, reason=" ")
    force(admin, "UPDATE people_staff SET volunteer_id = 1 WHERE code = 'U-SEC'")
    with pytest.raises(OwnHonour):
        honour(town)
    assert town.count("records_honours") == 0


def test_an_honour_taken_back_says_why_and_leaves_a_mark(town: Town) -> None:
    row = honour(town)
    given = {"honour_id": row.id, "by": town.caller("U-SEC"), "now": town.clock.now()}
    with pytest.raises(ReasonMissing):
        town.run(withdraw_honour, reason="", **given)
    for _ in range(2):
        back = town.run(withdraw_honour, reason="given by mistake", **given)
    assert back.withdrawn_why == "given by mistake"
    actions = [mark.action for mark in town.run(trail.about, subject=f"honour:{row.id}")]
    assert sorted(actions) == ["honour.grant", "honour.withdraw"]


def test_the_secretary_honours_on_the_page(town: Town, as_: Pages) -> None:
    reader = as_("U-SEC")
    sent = {"volunteer": "v0001", "kind": 2, "day": "2025-10-18", "reason": "thanks", "key": "K-1"}
    assert "党员示范户" in reader.post("/desk/honours", **sent).get_data(as_text=True)
    assert "党员示范户" in as_("V0001").get("/me/records")
    number = town.one("SELECT id FROM records_honours")
    page = as_("U-SEC").post(f"/desk/honours/{number}/withdrawal", reason="a mistake")
    assert "a mistake" in page.get_data(as_text=True)
    assert "党员示范户" not in as_("V0001").get("/me/records")
    assert as_("U-SEC").post("/desk/honours/kinds", name="好邻居").status_code == 200
    assert "好邻居" in as_("U-SEC").get("/desk/honours")


def test_only_the_own_community_s_secretary_honours(town: Town, as_: Pages) -> None:
    sent = {"volunteer": "V0001", "kind": 1, "day": "2025-10-18", "reason": "x", "key": "K-1"}
    for who in ("U-ADM", "U-SUP", "V0002"):
        assert as_(who).post("/desk/honours", **sent).status_code == 403
    elsewhere = as_("U-SEC").post("/desk/honours", **(sent | {"volunteer": "G0001"}))
    assert elsewhere.status_code == 404
    assert as_("U-SEC").post("/desk/honours", **(sent | {"day": "soon"})).status_code == 422
    honour(town)
    assert "V0001" not in as_("U-GZ").get("/desk/honours")
    assert town.count("records_honours") == 1


def test_the_public_sees_only_who_agreed_and_never_a_minor_or_a_number(
    town: Town, client, admin
) -> None:
    for n, who in enumerate(("V0001", "V0002", "V0006")):
        honour(town, who=who, key=f"HN-{n}", kind_id=n + 1)
    force(
        admin,
        "UPDATE people_volunteers SET consent_notice = true WHERE code IN ('V0001', 'V0006')",
    )
    client.set_cookie("lang", "en")
    page = client.get("/honours/FM").get_data(as_text=True)
    assert "道德文明使者" in page
    assert "ends in 001" in page
    assert "党员示范户" not in page
    assert "五美家庭" not in page
    assert "2 more honours are not shown" in page
    assert "V0001" not in page
    assert client.get("/honours/XX").status_code == 404


def test_training_makes_neither_hours_nor_points(town: Town, as_: Pages) -> None:
    assert course(town).id == course(town).id
    page = as_("V0001").get("/me/records")
    assert "First aid" in page
    assert "No. 7" in page
    assert records.totals_of(town.database, 1).minutes == 0
    assert town.balance("V0001") == 0
    with pytest.raises(KeyReused):
        course(town, title="Second aid")
    with pytest.raises(AheadOfTime):
        course(town, day=date(2025, 10, 19), key="TR-2")


def test_an_attended_training_stands_in_the_record_by_itself(town: Town, as_: Pages, admin) -> None:
    force(admin, "UPDATE activities_templates SET kind = 'training' WHERE code = 'AT01'")
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    force(admin, "UPDATE activities_awards SET minutes = 0")
    page = as_("V0001").get("/me/records")
    assert "attended here" in page
    assert "0 records" in page


def test_the_recorder_enters_and_takes_out_training_on_the_page(town: Town, as_: Pages) -> None:
    sent = {**COURSE, "day": "2025-10-18", "volunteer": "V0001", "key": "TR-9"}
    assert "First aid" in as_("U-ADM").post("/desk/trainings", **sent).get_data(as_text=True)
    assert as_("U-SUP").post("/desk/trainings", **sent).status_code == 403
    assert as_("U-ADM").post("/desk/trainings", **(sent | {"minutes": 5})).status_code == 422
    assert as_("U-GZ").post("/desk/trainings", **sent).status_code == 404
    number = town.one("SELECT id FROM records_trainings")
    assert as_("U-GZ").post(f"/desk/trainings/{number}/withdrawal", reason="x").status_code == 404
    as_("U-ADM").post(f"/desk/trainings/{number}/withdrawal", reason="typed twice")
    assert "First aid" not in as_("V0001").get("/me/records")
    again = {"training_id": number, "reason": "", "by": town.caller("U-ADM"), "now": BORN}
    assert town.run(withdraw_training, **again).withdrawn_why == "typed twice"


def test_nobody_of_another_community_is_found(town: Town) -> None:
    assert town.run(people.find_volunteer, code="G0001").community_id != 1
    assert persons.honours(town.database, Whose(community_ids=[])) == []
