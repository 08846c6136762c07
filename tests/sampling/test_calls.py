"""Calling those who were drawn: twice is once, nobody checks himself, what differs is a finding."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from service import people, sampling
from service.errors import KeyReused
from service.sampling.refusals import (
    CallSettled,
    OwnHand,
    TriedToday,
    UnknownCall,
    WordsMissing,
)
from tests.activities.test_pages import Reader
from tests.activities.town import Api, Town
from tests.records.test_lines import force
from tests.sampling.conftest import FIRST, Month


def rows(month: Month, table: str) -> list[dict[str, Any]]:
    return month.town.database.rows(f"SELECT * FROM {table} ORDER BY id")


def test_a_result_sent_twice_counts_once(drawn: Month) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: drawn.told("confirmed"), range(6)))
    assert {call.result for call in done} == {"confirmed"}
    assert len(rows(drawn, "sampling_tries")) == 1
    assert drawn.town.one("SELECT count(*) FROM trail_records WHERE action='sampling.answer'") == 1


def test_the_same_key_with_other_words_is_refused(drawn: Month) -> None:
    drawn.told("confirmed")
    with pytest.raises(KeyReused):
        drawn.told("differs", said="an hour less")
    assert rows(drawn, "sampling_calls")[0]["result"] == "confirmed"


def test_a_result_stays(drawn: Month) -> None:
    drawn.told("confirmed")
    with pytest.raises(CallSettled):
        drawn.told("no_answer", key="T-2")


def test_what_differs_is_a_finding_of_the_audit(drawn: Month) -> None:
    call = drawn.told("differs", said="left at half past nine")
    (finding,) = rows(drawn, "audit_findings")
    first = drawn.calls()[0]
    assert (finding["id"], finding["rule"], finding["status"]) == (
        call.finding_id, "call_back_differs", "open",
    )  # fmt: skip
    assert finding["subject"] == f"volunteer:{first['code']}"
    assert finding["evidence"]["attendances"] == [first["attendance_id"]]
    assert finding["evidence"]["said"] == ["left at half past nine"]
    assert finding["community_id"] == 1


def test_what_differs_says_what(drawn: Month) -> None:
    with pytest.raises(WordsMissing):
        drawn.told("differs")
    assert rows(drawn, "sampling_tries") == []
    assert rows(drawn, "audit_findings") == []


def test_in_vain_on_three_days_is_not_reached(drawn: Month) -> None:
    for days in range(3):
        drawn.go_to("09:00", FIRST + timedelta(days=days))
        call = drawn.told("no_answer", key=f"D-{days}")
        assert (call.missed, call.result) == (days + 1, "not_reached" if days == 2 else None)
        if days < 2:
            with pytest.raises(TriedToday):
                drawn.told("no_answer", key=f"again-{days}")
    assert sampling.open_calls(drawn.town.database, [1]) == 2


def test_somebody_missed_in_the_morning_may_answer_in_the_evening(drawn: Month) -> None:
    drawn.told("no_answer")
    assert drawn.told("confirmed", key="T-2").result == "confirmed"


def test_nobody_checks_what_he_confirmed_or_did(drawn: Month, admin: psycopg.Connection) -> None:
    first = drawn.calls()[0]
    force(
        admin,
        f"UPDATE activities_awards SET approver = 'staff:U-SEC' WHERE id = {first['award_id']}",
    )
    with pytest.raises(OwnHand):
        drawn.told("confirmed")
    force(
        admin,
        f"UPDATE people_staff SET volunteer_id = {first['volunteer_id']} WHERE code = 'U-ADM'",
    )
    with pytest.raises(OwnHand):
        drawn.told("confirmed", by="U-ADM")
    leader = "SELECT id FROM people_volunteers WHERE code IN ('V0009', 'V0010')"
    force(admin, f"UPDATE activities SET leader_id = ({leader} LIMIT 1)")
    force(admin, f"UPDATE people_staff SET volunteer_id = ({leader} LIMIT 1) WHERE code = 'U-ADM'")
    with pytest.raises(OwnHand):
        drawn.told("confirmed", by="U-ADM")
    assert drawn.told("confirmed", by="U-SUP").result == "confirmed"


def test_another_community_s_call_is_none(drawn: Month) -> None:
    with pytest.raises(UnknownCall):
        drawn.told("confirmed", by="U-GZ", within=[2])
    assert rows(drawn, "sampling_tries") == []


def test_an_answered_call_is_changed_by_nobody(drawn: Month, owner: psycopg.Connection) -> None:
    drawn.told("confirmed")
    with pytest.raises(psycopg.Error) as refused:
        owner.execute("UPDATE sampling_calls SET result = 'differs' WHERE result = 'confirmed'")
    assert refused.value.sqlstate == "SA009"
    with pytest.raises(psycopg.Error) as again:
        owner.execute("DELETE FROM sampling_tries")
    assert again.value.sqlstate == "SA009"


def test_a_name_is_shown_when_asked_for_and_each_look_is_written_down(
    drawn: Month, as_: Callable[[str], Reader], admin: psycopg.Connection
) -> None:
    first = drawn.calls()[0]
    whose = drawn.town.one(f"SELECT id FROM people_volunteers WHERE code = '{first['code']}'")
    told = partial(people.write_down, volunteer_id=whose, said={"phone": "130-0000-0000"})
    drawn.town.database.atomic(told)
    reader, path = as_("U-SEC"), f"/desk/sampling/calls/{first['id']}"
    name = f"志愿者{first['code'][-3:]}"
    assert name not in reader.get(path)
    page = reader.post(f"{path}/look").get_data(as_text=True)
    assert name in page
    assert "130-0000-0000" in page
    assert name not in reader.get(path)
    noted = "SELECT actor, subject FROM trail_records WHERE action = 'identity.look'"
    assert drawn.town.database.rows(noted) == [
        {"actor": "staff:U-SEC", "subject": f"volunteer:{first['code']}"}
    ]
    drawn.told("confirmed")
    assert reader.post(f"{path}/look").status_code == 409  # nothing is left to ask


def test_the_secretary_calls_from_the_list_to_the_result(
    drawn: Month, as_: Callable[[str], Reader]
) -> None:
    reader = as_("U-SEC")
    assert "/desk/sampling/FM/2025-10" in reader.get("/desk/sampling")
    calls = drawn.calls()
    page = reader.get("/desk/sampling/FM/2025-10")
    assert all(call["code"] in page for call in calls)
    path = f"/desk/sampling/calls/{calls[0]['id']}"
    assert "It was so" in reader.get(path)
    said = reader.post(f"{path}/tries", key="K-1", answer="differs", said="was ill that day")
    page = said.get_data(as_text=True)
    assert "was ill that day" in page
    assert f"/desk/cases/new?finding={drawn.calls()[0]['finding_id']}" in page
    waiting = reader.get("/desk/sampling/FM/2025-10")
    assert path not in waiting
    assert "1 of 3 answered" in waiting
    assert path in reader.get("/desk/sampling/FM/2025-10?all=1")
    refused = reader.post(
        f"/desk/sampling/calls/{calls[1]['id']}/tries", key="K-2", answer="differs"
    )
    assert refused.status_code == 422
    assert "Please say what differs" in refused.get_data(as_text=True)


def test_a_page_of_calls_costs_the_same_however_many_there_are(
    drawn: Month, as_: Callable[[str], Reader], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, asked = as_("U-SEC"), []
    rows_of, call_of = type(town.database).rows, type(town.database).call

    def count(work: Any) -> Any:
        return lambda self, sql, *given: (asked.append(sql), work(self, sql, *given))[1]

    monkeypatch.setattr(type(town.database), "rows", count(rows_of))
    monkeypatch.setattr(type(town.database), "call", count(call_of))
    reader.get("/desk/sampling/FM/2025-10?all=1")
    about = {sql for sql in asked if "sampling_" in sql}
    assert len(about) == 2  # the draw, its calls


def test_json_refuses_by_name(drawn: Month, api: Callable[[str], Api]) -> None:
    number = drawn.calls()[0]["id"]
    path = f"/sampling/calls/{number}/tries"
    said = api("U-SEC").post(path, {"key": "k", "answer": "perhaps"}, 422)
    assert said["errors"][0]["pointer"] == "#/answer"
    said = api("U-SEC").post(path, {"key": "k", "answer": "differs"}, 422)
    assert said["errors"][0]["pointer"] == "#/said"
    api("V0001").post(path, {"key": "k", "answer": "confirmed"}, 403)
    assert api("U-SEC").post(path, {"key": "k", "answer": "confirmed"})["result"] == "confirmed"
    assert api("U-SEC").post(path, {"key": "k", "answer": "confirmed"})["result"] == "confirmed"
    assert api("U-SEC").get("/sampling/draws")["items"][0]["progress"]["open"] == 2


def test_days_in_vain_are_days_where_the_programme_lives(drawn: Month) -> None:
    drawn.go_to("23:59", date(2025, 11, 2))
    drawn.told("no_answer", key="a")
    drawn.go_to("00:01", date(2025, 11, 3))
    assert drawn.told("no_answer", key="b").missed == 2
