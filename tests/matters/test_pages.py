"""The pages of matters: they work without a script, and lead from where people are."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.matters.place import Place


class Reader:
    """A browser in somebody's hands, with forms but without scripts."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        client.set_cookie("aixin_session", token)
        client.set_cookie("lang", "en")

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text
        return answer.text

    def post(self, path: str, **fields: object) -> TestResponse:
        page = self.client.get("/me/help").text
        token = page.split('name="csrf-token" content="')[1].split('"')[0]
        data = {"csrf_token": token, **fields}
        return self.client.post(path, data=data, follow_redirects=True)


As = Callable[[str], Reader]


@pytest.fixture
def as_(place: Place, app: object, client: FlaskClient) -> As:
    """The pages as somebody sees them: as_("V0001").get("/me/matters")."""
    return lambda who: Reader(client, place.tokens[who])


def test_one_tap_from_the_first_page_and_one_more(place: Place, as_: As) -> None:
    someone = as_("V0002")
    assert 'href="/me/help"' in someone.get("/home")
    page = someone.get("/me/help")
    assert "Call for help now" in page
    assert 'value="FM"' in page
    done = someone.post("/me/help", key="tap").text
    assert "Your call has arrived" in done
    assert place.count_of("matters") == 1
    assert "Your call has arrived" in someone.get("/me/help")


def test_the_office_sees_calls_above_its_figures(place: Place, as_: As) -> None:
    as_("V0002").post("/me/help", key="tap", place="Building 7")
    page = as_("U-SEC").get("/desk")
    assert page.index("Building 7") < page.index("Today's books")
    assert "Building 7" not in as_("U-SUP").get("/desk")


def test_a_visit_s_page_offers_to_raise_a_matter(place: Place, as_: As) -> None:
    place.raised(place="Yard 9")
    for who in ("V0001", "V0002"):
        page = as_(who).get("/activities/VISIT")
        assert 'href="/activities/VISIT/matters"' in page
        assert "Yard 9" in page
    for who in ("V0003", "U-ADM"):
        assert "/activities/VISIT/matters" not in as_(who).get("/activities/VISIT")
    assert "matters" not in as_("V0010").get("/activities/A1").split("<main")[1]


def test_raised_on_a_visit_the_resident_gets_a_code(place: Place, as_: As) -> None:
    volunteer = as_("V0002")
    sent = {"category": "road", "place": "Yard 3", "text": "Dark", "key": "f1"}
    stream = BytesIO()
    Image.new("RGB", (20, 20), "#123").save(stream, "PNG")
    stream.seek(0)
    slip = volunteer.post("/activities/VISIT/matters", **sent, picture=(stream, "p.png")).text
    row = place.one("SELECT token FROM matters")
    assert f"https://aixin.example/q/{row}" in slip
    assert "data:image/svg+xml" in slip
    assert place.count_of("matters_photos") == 1
    assert "Yard 3" in volunteer.get("/activities/VISIT/matters")
    assert volunteer.post("/activities/VISIT/matters", **sent).status_code == 200
    assert place.count_of("matters") == 1


def test_who_is_not_there_sees_no_form(place: Place, as_: As) -> None:
    assert "Check in first" in as_("V0003").get("/activities/VISIT/matters", 403)


def test_the_desk_takes_it_the_whole_way(place: Place, as_: As) -> None:
    recorder = as_("U-ADM")
    sent = {"category": "water", "place": "Yard 5", "text": "It leaks", "key": "d1"}
    assert "Scan to follow your matter" in recorder.post("/desk/matters", **sent).text
    at = "/desk/matters/FM-251018-001"
    assert "Yard 5" in recorder.get("/desk/matters")
    page = recorder.post(f"{at}/assignment", assignee="grid_worker:U-GRID", key="a1").text
    assert "Being looked after" in page
    worker = as_("U-GRID")
    assert "Yard 5" in worker.get("/desk/matters")
    assert "It is solved" in worker.get(at)
    assert "To be answered" in worker.post(f"{at}/solution", words="Pipe mended", key="s1").text
    recorder = as_("U-ADM")
    assert "Pipe mended" in recorder.get(at)
    assert "Send it back" in recorder.get(at)
    done = recorder.post(f"{at}/answer", words="It is dry again", key="w1").text
    assert "It is dry again" in done
    assert "FM-251018-001" in recorder.get("/desk/matters?state=answered")


def test_a_matter_leads_back_to_its_visit(place: Place, as_: As) -> None:
    row = place.assigned(place.raised(), "T1")
    page = as_("U-ADM").get(f"/desk/matters/{row.number}")
    assert 'href="/desk/activities/VISIT"' in page
    assert "Raised on the visit" not in as_("U-ADM").get(f"/desk/matters/{place.at_desk().number}")


def test_who_has_it_is_not_offered_as_another_one(place: Place, as_: As) -> None:
    row = place.assigned(place.raised(), "T1")
    page = as_("U-ADM").get(f"/desk/matters/{row.number}")
    assert 'value="team:T1"' not in page
    assert 'value="team:T2"' in page
    assert 'value="grid_worker:U-GRID"' in page


def test_a_team_s_leader_solves_from_the_phone(place: Place, as_: As) -> None:
    row = place.assigned(place.raised("V0002"), "T2")
    leader = as_("V0003")
    assert "For my team to solve" in leader.get("/me/matters")
    at = f"/me/matters/{row.number}"
    assert "The lamp is broken" in leader.get(at)
    leader.post(f"{at}/solution", words="New bulb", key="s1")
    assert place.again(row).state == "solved"


def test_given_back_the_leader_is_led_to_the_list(place: Place, as_: As) -> None:
    row = place.assigned(place.raised("V0002"), "T2")
    page = as_("V0003").post(f"/me/matters/{row.number}/return", words="No", key="r").text
    assert "<h1>My matters</h1>" in page
    assert place.again(row).state == "found"


def test_a_volunteer_cannot_answer_from_a_page(place: Place, as_: As) -> None:
    row = place.in_state("solved")
    leader = as_("V0001")
    answer = leader.post(f"/me/matters/{row.number}/answer", words="Hi", key="x")
    assert answer.status_code == 404
    assert leader.post(f"/desk/matters/{row.number}/answer", words="Hi", key="x").status_code == 403
    assert place.again(row).state == "solved"


@pytest.mark.parametrize("who", ["U-GZ", "U-GRI2"])
def test_another_one_s_matter_has_no_page(place: Place, as_: As, who: str) -> None:
    row = place.assigned(place.raised(place="Yard 9"), place.worker())
    assert "There is no such matter" in as_(who).get(f"/desk/matters/{row.number}", 404)
    assert "Yard 9" not in as_(who).get("/desk/matters")
    assert "There is no such matter" in as_(who).get(f"/matters/{row.number}/slip", 404)


def test_a_grid_worker_begins_with_the_own_list(place: Place, as_: As) -> None:
    place.assigned(place.raised(place="Mine"), place.worker())
    place.assigned(place.raised(place="Not mine"), place.worker("U-GRI2"))
    page = as_("U-GRID").get("/")
    assert "<h1>Matters</h1>" in page
    assert "Mine" in page
    assert "Not mine" not in page
    assert "Sign out" in page


def test_leaders_are_named_at_the_desk(place: Place, as_: As) -> None:
    recorder = as_("U-ADM")
    assert "no leader yet" in recorder.get("/desk/matters/teams")
    named = recorder.post("/desk/matters/teams", community="FM", team="T3", volunteer="v0005")
    assert "number ends in 005" in named.text
    again = recorder.post("/desk/matters/teams", community="FM", team="T3", volunteer="V0005")
    assert again.status_code == 200
    assert place.count_of("matters_leads WHERE ended_at IS NULL") == 3
    wrong = recorder.post("/desk/matters/teams", community="FM", team="T3", volunteer="V0001")
    assert wrong.status_code == 422
    assert "adult member" in wrong.text


def test_a_new_leader_takes_over(place: Place, as_: As) -> None:
    row = place.assigned(place.raised("V0002"), "T2")
    as_("U-SEC").post("/desk/matters/teams", community="FM", team="T2", volunteer="V0004")
    assert "For my team to solve" in as_("V0004").get("/me/matters")
    as_("V0003").get(f"/me/matters/{row.number}", 404)


@pytest.mark.parametrize("who", ["U-SEC", "U-AUD", "U-SUP"])
def test_the_week_is_linked_and_printed_at_the_desk(place: Place, as_: As, who: str) -> None:
    for _ in range(3):
        place.answered(place.raised())
    reader = as_(who)
    where = "/desk/matters" if who == "U-SEC" else "/desk"
    assert 'href="/desk/matters/week"' in reader.get(where)
    page = reader.get("/desk/matters/week")
    assert "Team T1" in page
    assert "100 %" in page
    assert "data-print" in page
    for person in ("V0001", "V0002", "U-ADM", "U-GRID"):
        assert person not in page.split("<main")[1]


def test_a_volunteer_of_a_team_sees_the_week(place: Place, as_: As) -> None:
    place.answered(place.raised())
    reader = as_("V0005")
    assert 'href="/me/matters/week"' in reader.get("/me/matters")
    page = reader.get("/me/matters/week")
    assert "Team T1" in page
    assert "&lt;3" in page
    as_("V0010").get("/me/matters/week", 403)


def test_what_was_raised_hears_in_the_inbox(place: Place, as_: As) -> None:
    row = place.answered(place.raised("V0002"))
    inbox = as_("V0002").get("/me/inbox")
    assert "Your matter has an answer" in inbox
    assert row.number in inbox
    assert "The lamp is mended" in as_("V0002").get(f"/me/matters/{row.number}")


def test_long_lists_come_in_pages(place: Place, as_: As) -> None:
    rows = [place.assigned(place.raised("V0002"), "T1") for _ in range(33)]
    numbers = {row.number for row in rows}

    def shown(reader: Reader, path: str, more: str) -> set[str]:
        first = reader.get(path)
        there = next(part.split('"')[0] for part in first.split('href="') if more in part[:60])
        second = reader.get(there.replace("&amp;", "&"))
        both = [
            {n for n in numbers if f"{n} " in page or f">{n}<" in page} for page in (first, second)
        ]
        assert [len(one) for one in both] == [30, 3]
        return both[0] | both[1]

    assert shown(as_("V0002"), "/me/matters", "before=") == numbers
    assert shown(as_("V0001"), "/me/matters", "after=") == numbers
    assert "33 matters on this visit" in as_("V0002").get("/activities/VISIT/matters")


@pytest.mark.parametrize(
    "path", ["/me/matters?before=", "/me/matters?after=", "/desk/matters?after="]
)
@pytest.mark.parametrize("at", ["x", "9" * 40, "2025-99-99.1", "2025-10-18." + "9" * 29, "%00"])
def test_a_strange_page_is_no_fault(place: Place, as_: As, path: str, at: str) -> None:
    as_("U-ADM" if "desk" in path else "V0002").get(f"{path}{at}")


def test_a_step_that_is_none_is_not_found(place: Place, as_: As) -> None:
    row = place.raised()
    assert as_("U-ADM").post(f"/desk/matters/{row.number}/burning", key="k").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/desk/matters", "/desk/matters/new", "/desk/matters/teams", "/desk/matters/week"],
)
def test_strangers_and_volunteers_have_no_desk(place: Place, as_: As, path: str) -> None:
    as_("V0001").get(path, 403)


def test_pages_speak_chinese(place: Place, as_: As) -> None:
    row = place.answered(place.raised())
    reader = as_("U-ADM")
    assert "群众事项" in reader.get("/desk/matters?lang=zh")
    assert "道路路灯" in reader.get(f"/desk/matters/{row.number}?lang=zh")
    assert "满意吗" in reader.get(f"/q/{row.token}?lang=zh")
    assert "队伍周总结" in reader.get("/desk/matters/week?lang=zh")
