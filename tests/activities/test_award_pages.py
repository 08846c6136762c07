"""The desk's pages of awards: found by filters, paged, decided by a second person with a reason."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.activities.queries.award_lists import PAGE
from tests.activities.test_award_reversals import letters
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_manual_awards import claim
from tests.activities.test_pages import Reader
from tests.activities.town import Api, Town, at

KEYS = re.compile(r'href="/desk/awards/([\w-]+)"><b>')
LONG = {"claimed_to": at("12:30")}  # 42 points, above the limit


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Callable[..., Reader]:
    def reading(who: str, language: str = "en") -> Reader:
        found = Reader(client, town.tokens[who])
        client.set_cookie("lang", language)
        return found

    town.clock.set(at("19:00"))
    return reading


def test_awards_are_found_by_state_volunteer_and_activity(
    town: Town, as_: Callable[..., Reader]
) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001", key="AW-1")
    claim(town, "MA-1", **LONG)
    claim(town, "MA-2", who="V0002")
    reader = as_("U-SEC")
    found = {
        query: set(KEYS.findall(reader.get(f"/desk/awards{query}").split("All awards")[1]))
        for query in ("", "?status=waiting", "?volunteer=v0002", "?activity=a1", "?status=noticed")
    }
    assert found == {
        "": {"AW-1", "MA-1", "MA-2"},
        "?status=waiting": {"MA-1"},
        "?volunteer=v0002": {"MA-2"},
        "?activity=a1": {"AW-1"},
        "?status=noticed": set(),
    }
    assert "No award found" in reader.get("/desk/awards?status=noticed")


def test_the_list_is_paged(town: Town, as_: Callable[..., Reader], client: FlaskClient) -> None:
    for n in range(PAGE + 2):
        claim(town, f"M{n:02}", claimed_from=at("09:00"), claimed_to=at("09:30"))
    first = as_("U-SEC").get("/desk/awards")
    assert len(KEYS.findall(first)) == PAGE
    following = re.findall(r'href="(/desk/awards\?[^"]+)" rel="next"', first)[0]
    assert KEYS.findall(as_("U-SEC").get(following.replace("&amp;", "&"))) == ["M01", "M00"]
    api = Api(client, town.tokens["U-SEC"])
    page = api.get("/awards")
    assert len(page["items"]) == PAGE
    last = api.get(f"/awards?before={page['next']}")
    assert ([one["award"] for one in last["items"]], last["next"]) == (["M01", "M00"], None)


def test_another_community_finds_nothing(
    town: Town, as_: Callable[..., Reader], client: FlaskClient
) -> None:
    claim(town)
    assert KEYS.findall(as_("U-GZ").get("/desk/awards")) == []
    as_("U-GZ").get("/desk/awards/MA-1", 404)
    as_("U-SEC").get("/desk/awards/MA-9", 404)
    as_("V0001").get("/desk/awards", 403)
    other = Api(client, town.tokens["U-GZ"])
    assert other.get("/awards")["items"] == []
    other.post("/awards/MA-1/reversal", {"reason": "x"}, 404)
    other.post("/awards/MA-1/reversal/approval", {}, 404)


def test_the_second_person_approves_on_the_page(town: Town, as_: Callable[..., Reader]) -> None:
    claim(town, by="V0010", **LONG)
    assert "Look and decide" in as_("U-SUP").get("/desk/awards")
    page = as_("U-SUP").post("/desk/awards/MA-1/decision", decision="accept")
    assert "posted" in page.get_data(as_text=True)
    assert town.balance("V0001") == 42
    assert letters(town, "V0001") == ["awards_posted"]
    assert letters(town, "V0010") == ["entry_approved"]


def test_the_second_person_sees_what_else_is_on_record_for_the_same_time(
    town: Town, as_: Callable[..., Reader]
) -> None:
    claim(town, "MA-1", **LONG)
    stay(town, "V0001", "08:00", "10:00")  # a phone that uploaded late: no flag when it was typed
    confirmed(town, "V0001", key="AW-1")
    page = as_("U-SUP").get("/desk/awards/MA-1")
    assert "The same time is on record elsewhere" in page
    assert '8:00–10:00</span> <a href="/desk/awards/AW-1">Activity A1</a>' in page
    assert 'href="/desk/awards/MA-1">Award by hand</a>' in as_("U-SUP").get("/desk/awards/AW-1")
    claim(town, "MA-2", claimed_to=at("09:30"))
    assert "same time on record" in as_("U-SUP").get("/desk/awards")
    claim(town, "MA-3", who="V0002")
    assert "The same time" not in as_("U-SUP").get("/desk/awards/MA-3")


def test_a_refusal_is_told_to_the_volunteer_and_to_the_maker(
    town: Town, as_: Callable[..., Reader]
) -> None:
    claim(town, by="V0010", **LONG)
    for language, words in (("en", "Please write the reason"), ("zh", "请写明理由")):
        answer = as_("U-SUP", language).post("/desk/awards/MA-1/decision", decision="refuse")
        assert words in answer.get_data(as_text=True)
    as_("U-SUP").post("/desk/awards/MA-1/decision", decision="refuse", reason="an old photo")
    assert town.one("SELECT refusal FROM activities_awards") == "an old photo"
    assert town.balance("V0001") == 0
    for who, language, words in (
        ("V0001", "en", "Reason: an old photo"),
        ("V0001", "zh", "理由：an old photo"),
        ("V0010", "zh", "您录入的补录没有批准"),
    ):
        assert words in as_(who, language).get("/me/inbox")


def test_the_maker_sees_that_another_person_decides(town: Town, as_: Callable[..., Reader]) -> None:
    claim(town, **LONG)
    assert "Another approver must decide." in as_("U-ADM").get("/desk/awards/MA-1")
    answer = as_("U-ADM").post("/desk/awards/MA-1/decision", decision="accept")
    assert answer.status_code == 409
    assert town.balance("V0001") == 0


def test_two_people_take_back_on_the_pages(town: Town, as_: Callable[..., Reader]) -> None:
    claim(town, by="V0010")
    page = as_("U-SEC").post("/desk/awards/MA-1/reversal", reason="nobody came")
    assert "Another approver must decide." in page.get_data(as_text=True)
    assert "Decide whether to take back 36 points" in as_("U-SUP").get("/desk")
    assert "nobody came" in as_("U-SUP").get("/desk/awards")
    done = as_("U-SUP").post("/desk/awards/MA-1/reversal/decision", decision="accept")
    assert "taken back" in done.get_data(as_text=True)
    assert town.balance("V0001") == 0
    assert "nobody came" in as_("V0001").get("/me/inbox")


def test_the_api_refuses_by_slugs_that_say_whose_it_is(town: Town, client: FlaskClient) -> None:
    claim(town, by="V0010")
    town.clock.set(at("19:30"))

    def ask(who: str, path: str, body: dict[str, object], status: int) -> dict[str, object]:
        found: dict[str, object] = Api(client, town.tokens[who]).post(path, body, status)
        return found

    blank = ask("U-SEC", "/awards/MA-1/reversal", {"reason": " "}, 422)
    assert blank["errors"] == [{"pointer": "#/reason", "detail": "Please write it in words."}]
    assert ask("U-SEC", "/awards/MA-1/reversal", {"reason": "x"}, 201)["status"] == "proposed"
    path = "/awards/MA-1/reversal/approval"
    assert ask("V0010", path, {}, 409)["type"] == "/problems/own-approval"
    assert ask("V0002", path, {}, 404)["type"] == "/problems/unknown-award"
    assert ask("U-SEC", path, {}, 403)["type"] == "/problems/own-proposal"
    missing = ask("U-SUP", path, {"accept": False}, 422)
    assert missing["errors"] == [{"pointer": "#/reason", "detail": "Please write the reason"}]
    done = ask("U-SUP", path, {}, 200)
    assert (done["status"], done["points"], done["service_minutes"]) == ("approved", -36, -180)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rule": "R-MED"}, "rule"),
        ({"volunteer": "V0010"}, "volunteer"),
        ({"claimed_to": at("23:59").isoformat()}, "claimed_to"),
        ({"evidence": ""}, "evidence"),
    ],
)
def test_every_refusal_of_an_entry_names_its_field(
    town: Town, client: FlaskClient, change: dict[str, str], field: str
) -> None:
    town.clock.set(at("19:00"))
    body = {
        "volunteer": "V0001", "rule": "R-SKILL", "evidence": "photo", "key": "MA-1",
        "claimed_from": at("09:00").isoformat(), "claimed_to": at("12:00").isoformat(),
    }  # fmt: skip
    answer = Api(client, town.tokens["V0010"]).call("POST", "/awards/manual", body | change)
    assert answer.status_code in (403, 422)
    assert answer.get_json()["errors"][0]["pointer"] == f"#/{field}"
    assert town.count("activities_awards") == 0
