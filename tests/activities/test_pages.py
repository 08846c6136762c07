"""The pages of activities: they work without a script, and show what the reader may see."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import Town, at


class Reader:
    """A browser in somebody's hands, with forms but without scripts."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        client.set_cookie("aixin_session", token)
        client.set_cookie("lang", "en")

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def csrf(self) -> str:
        page = self.client.get("/activities").get_data(as_text=True)
        return page.split('name="csrf-token" content="')[1].split('"')[0]

    def post(self, path: str, **fields: object) -> TestResponse:
        sent = {name.replace("rule_", "rule-"): value for name, value in fields.items()}
        data = {"csrf_token": self.csrf(), **sent}
        return self.client.post(path, data=data, follow_redirects=True)


As = Callable[[str], Reader]


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> As:
    """The pages as somebody sees them: as_("V0001").get("/activities")."""
    return lambda who: Reader(client, town.tokens[who])


def test_anybody_sees_what_is_planned(town: Town, client: FlaskClient) -> None:
    client.set_cookie("lang", "en")
    page = client.get("/activities").get_data(as_text=True)
    assert "Activity A1" in page
    assert "Saturday 18 October" in page
    poster = client.get("/activities/a1").get_data(as_text=True)
    assert "Sign in to take part" in poster
    assert "V0010" not in poster
    assert "ends in 010" in poster


def test_an_empty_list_says_so(town: Town, as_: As) -> None:
    town.clock.set(at("12:00", day=at("12:00").date().replace(day=19)))
    assert "Nothing planned yet" in as_("V0001").get("/activities")


def test_the_language_is_chinese_unless_asked(town: Town, client: FlaskClient) -> None:
    page = client.get("/activities/A1").get_data(as_text=True)
    assert "来满：记 2.0 小时，得 20 分" in page
    assert "登录后报名" in page


def test_signing_up_and_cancelling_by_forms(town: Town, as_: As) -> None:
    town.clock.set(at("07:00"))
    reader = as_("V0006")
    assert "Wait in line" in reader.get("/activities/A1")
    page = reader.post("/activities/A1/signups").get_data(as_text=True)
    assert "No. 2" in page
    assert "Leave the wait-list" in page
    again = reader.post("/activities/A1/signups/cancel").get_data(as_text=True)
    assert "Wait in line" in again
    assert "Wait in line" in reader.post("/activities/A1/signups/cancel").get_data(as_text=True)
    assert "Cancel my place" in as_("V0001").get("/activities/A1")


def test_a_scanned_code_needs_one_tap(town: Town, as_: As) -> None:
    reader = as_("V0001")
    found = town.keys.read(town.onsite("A1").url)
    assert found is not None
    page = reader.get(f"/activities/a1?onsite={found.step}.{found.mac}")
    assert "Check in now" in page
    assert town.count("activities_scans") == 0  # looking changes nothing
    done = reader.post("/activities/A1/here", onsite=f"{found.step}.{found.mac}", action="in")
    assert "You are checked in" in done.get_data(as_text=True)
    assert town.one("SELECT in_way FROM activities_attendances") == "C2"


def test_six_digits_do_the_same(town: Town, as_: As) -> None:
    reader = as_("V0001")
    assert "Check in on site" in reader.get("/activities/A1")
    assert "Please type the 6 digits" in reader.get("/activities/A1/here")
    wrong = reader.post("/activities/A1/here", digits="12", action="in").get_data(as_text=True)
    assert "The code is old" in wrong
    page = reader.post("/activities/A1/here", digits=town.onsite("A1").digits, action="in")
    assert "You are checked in" in page.get_data(as_text=True)


def test_the_leader_s_screen_shows_the_code_as_a_picture(town: Town, as_: As) -> None:
    page = as_("V0010").get("/activities/A1/onsite")
    digits = town.onsite("A1").digits
    assert f"{digits[:3]} {digits[3:]}" in page
    assert page.count("<img") == 1
    as_("V0001").get("/activities/A1/onsite", 403)


def test_the_gate_takes_a_typed_number_without_a_script(town: Town, as_: As) -> None:
    card = town.print_card("V0003")
    reader = as_("V0010")
    assert "Nobody yet" in reader.get("/gate/A1")
    done = reader.post("/gate/A1", code=card.number, action="in").get_data(as_text=True)
    assert "Volunteer 003 checked in" in done
    assert town.one("SELECT in_way FROM activities_attendances") == "C1"
    wrong = reader.post("/gate/A1", code="12345678", action="in").get_data(as_text=True)
    assert "We cannot read this code" in wrong
    as_("V0001").get("/gate/A1", 403)
    as_("V0010").get("/gate/NONE", 404)


def test_the_sheet_shows_the_arithmetic_and_one_button(town: Town, as_: As) -> None:
    stay(town, "V0001", "07:58", "10:02")
    stay(town, "V0002", "08:12", "10:00")
    own(town, "V0003", "08:00")
    own(town, "V0010", "07:45")
    town.clock.set(at("10:20"))
    reader = as_("V0010")
    page = reader.get("/activities/A1/confirm")
    assert "108 minutes count as 1.5 hours" in page
    assert "12 min late" in page
    assert "Nobody confirms himself" in page
    assert "1 person has not checked out" in page
    assert "Confirm 2 people, award 35 points" in page
    filled = reader.post("/activities/A1/stays/V0003", decision="time", time="09:30")
    assert "Confirm 3 people, award 50 points" in filled.get_data(as_text=True)
    done = reader.post("/activities/A1/confirm", volunteer=["V0001", "V0002", "V0003"])
    assert "Confirm 3" not in done.get_data(as_text=True)
    assert [town.balance(code) for code in ("V0001", "V0002", "V0003")] == [20, 15, 15]
    assert town.balance("V0010") == 0


def test_the_recorder_confirms_the_leader_on_the_same_sheet(town: Town, as_: As) -> None:
    stay(town, "V0010", "07:45", "10:15")
    assert "Confirm" not in as_("V0010").get("/activities/A1/confirm").split("foot")[-1]
    page = as_("U-ADM").get("/activities/A1/confirm")
    assert "Confirm 1 person, award 20 points" in page
    as_("U-ADM").post("/activities/A1/confirm", volunteer="V0010")
    assert town.balance("V0010") == 20


def test_only_who_was_on_the_page_is_confirmed(town: Town, as_: As) -> None:
    stay(town, "V0001", "08:00", "10:00")
    stay(town, "V0002", "08:00", "10:00")
    as_("V0010").post("/activities/A1/confirm", volunteer=["V0001"])
    assert (town.balance("V0001"), town.balance("V0002")) == (20, 0)


def test_another_rate_can_be_chosen_and_worked_out_first(town: Town, as_: As) -> None:
    stay(town, "V0005", "09:00", "11:00", "A2")
    reader = as_("V0009")
    assert "award 28 points" in reader.get("/activities/A2/confirm")
    lower = reader.get("/activities/A2/confirm?rule-V0005=R-GEN")
    assert "award 20 points" in lower
    assert "award 28 points" in reader.get("/activities/A2/confirm?rule-V0005=R-NIGHT")
    reader.post("/activities/A2/confirm", volunteer="V0005", rule_V0005="R-GEN")
    assert town.balance("V0005") == 20


def test_a_cut_is_named_on_the_sheet(town: Town, as_: As) -> None:
    for code, start, end in (("N1", "12:00", "16:00"), ("N2", "16:00", "18:00")):
        town.plan(code, start, end, template="AT04", insurance_ref="INS", signups=("V0001",))
        stay(town, "V0001", start, end, code)
    confirmed(town, "V0001", activity="N1")
    page = as_("V0010").get("/activities/N2/confirm")
    assert "limit of the day: 16 cut" in page
    assert "64 points today before; 16 of 32 now" in page


def test_a_silly_time_is_refused_and_nothing_is_filled_in(town: Town, as_: As) -> None:
    own(town, "V0003", "08:00")
    town.clock.set(at("10:20"))
    answer = as_("V0010").post("/activities/A1/stays/V0003", decision="time", time="noon")
    assert answer.status_code == 422
    assert town.one("SELECT status FROM activities_attendances") == "in"


HOURS = {"day": "2025-10-18", "from": "09:00", "to": "12:30", "evidence": "photo 7"}


def test_a_captain_types_an_award_and_a_second_person_approves_it(town: Town, as_: As) -> None:
    town.clock.set(at("18:20"))
    leader = as_("V0010")
    assert 'href="/awards/new"' in leader.get("/activities")
    form = {"volunteer": "v0001", "rule": "R-SKILL", "key": "MA-1"} | HOURS
    typed = leader.post("/awards/new", **form).get_data(as_text=True)
    assert "A second person decides" in typed
    leader.post("/awards/new", **form)  # a double tap
    assert town.count("activities_awards") == 1
    secretary = as_("U-SUP")
    page = secretary.get("/desk/awards")
    assert "waits for a second person" in page
    assert "photo 7" in page
    secretary.post("/desk/awards/MA-1/decision", decision="accept")
    assert town.balance("V0001") == 42
    assert "posted" in secretary.get("/desk/awards")
    assert 'href="/awards/new"' not in as_("V0001").get("/activities")
    as_("V0001").get("/awards/new", 403)
    as_("V0010").get("/desk/awards", 403)


def test_the_recorder_types_an_award_at_the_desk(town: Town, as_: As) -> None:
    town.clock.set(at("18:20"))
    form = {"volunteer": "V0001", "rule": "R-GEN", "key": "MA-2"} | HOURS
    page = as_("U-ADM").post("/desk/awards", **form).get_data(as_text=True)
    assert "Volunteer 001" in page
    assert town.balance("V0001") == 35
    silly = as_("U-ADM").post("/desk/awards", **(form | {"from": "noon", "key": "MA-3"}))
    assert silly.status_code == 422
    assert town.count("activities_awards") == 1


def test_a_paper_line_is_typed_in_and_approved_on_the_sheet(town: Town, as_: As) -> None:
    town.clock.set(at("19:40"))
    form = {"volunteer": "V0003", "from": "08:00", "to": "10:00", "evidence": "sheet 1, line 6"}
    roster = as_("U-ADM").get("/activities/A1/confirm").partition('id="roster"')[2]
    assert '<option value="V0003">' in roster  # signed up and not seen: to be chosen, not typed
    page = as_("U-ADM").post("/activities/A1/paper", **form).get_data(as_text=True)
    assert "sheet 1, line 6" in page
    assert "yours: another person decides" in page
    line = town.one("SELECT id FROM activities_paper_lines")
    approver = as_("U-SUP")
    assert "sheet 1, line 6" in approver.get("/desk/awards")
    assert "Approve" in approver.get("/activities/A1/confirm")
    approver.post(f"/activities/A1/paper/{line}/decision", decision="accept")
    assert town.balance("V0003") == 20
    assert "from paper" in as_("V0010").get("/activities/A1/confirm")


def test_a_refused_line_is_gone_from_the_sheet(town: Town, as_: As) -> None:
    town.clock.set(at("19:40"))
    form = {"volunteer": "V0003", "from": "08:00", "to": "10:00", "evidence": "sheet 1"}
    as_("U-ADM").post("/activities/A1/paper", **form)
    line = town.one("SELECT id FROM activities_paper_lines")
    decision = {"decision": "refuse", "from": "desk"}
    page = as_("U-SEC").post(f"/activities/A1/paper/{line}/decision", **decision)
    assert "sheet 1" not in page.get_data(as_text=True)
    assert town.balance("V0003") == 0


def test_a_second_approver_may_read_the_sheet_but_not_confirm(town: Town, as_: As) -> None:
    stay(town, "V0001", "08:00", "10:00")
    page = as_("U-SUP").get("/activities/A1/confirm")
    assert "Confirm 1 person" not in page
    assert as_("U-SUP").post("/activities/A1/confirm", volunteer="V0001").status_code == 403
    assert town.balance("V0001") == 0
