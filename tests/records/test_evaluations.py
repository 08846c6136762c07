"""Evaluations by the leader, and by those who were served: totals only, nobody's name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service import records, trail
from service.records.actions.evaluations import (
    Verdict,
    activity_of_token,
    browser_mark,
    evaluate,
    rate,
    rating_token,
)
from service.records.refusals import Archived, NotOver, NotServed, OwnEvaluation, RatingClosed
from service.records.rules import rated
from tests.activities.test_hours import stay
from tests.activities.town import DAY, Town, at
from tests.records.conftest import Pages
from tests.records.test_lines import force


@pytest.fixture
def over(town: Town) -> Town:
    """V0001 has served at A1, which V0010 leads; it is noon."""
    stay(town, "V0001", "08:00", "10:00")
    stay(town, "V0010", "08:00", "10:00")
    town.clock.set(at("12:00"))
    return town


def said(town: Town, who: str = "V0001", by: str = "V0010", grade: str = "good", note: str = ""):
    return town.run(
        evaluate, activity=town.activity("A1"), person=town.volunteer(who),
        verdict=Verdict(grade, note), by=town.caller(by), now=town.clock.now(),
    )  # fmt: skip


def rating(town: Town, browser: str, grade: int) -> bool:
    activity = town.activity("A1")
    mark = browser_mark(town.settings.secret_key, browser, activity)
    given = {"browser": mark, "grade": grade, "now": town.clock.now()}
    return bool(town.run(rate, activity=activity, **given))


def test_the_leader_evaluates_once_and_amends_with_a_trail(over: Town) -> None:
    first = said(over)
    assert said(over).id == first.id
    amended = said(over, grade="excellent", note="came early")
    assert (amended.id, amended.grade, amended.note) == (first.id, "excellent", "came early")
    (mark,) = over.run(trail.about, subject=f"evaluation:{first.id}")
    assert mark.detail == {"before": {"grade": "good", "note": ""}, "after": "excellent"}
    assert over.count("records_evaluations") == 1
    assert records.evaluation_counts(over.database, 1) == {"excellent": 1}


def test_two_leaders_devices_at_once_make_one_evaluation(over: Town) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: said(over), range(6)))
    assert over.count("records_evaluations") == 1
    assert over.database.rows("SELECT * FROM trail_records WHERE action = 'evaluation.amend'") == []


def test_who_may_not_be_evaluated_is_refused(over: Town, admin) -> None:
    with pytest.raises(OwnEvaluation):
        said(over, who="V0010")
    assert said(over, who="V0010", by="U-SEC").grade == "good"
    with pytest.raises(NotServed):
        said(over, who="V0003")
    over.clock.set(at("09:59"))
    with pytest.raises(NotOver):
        said(over)
    over.clock.set(at("12:00"))
    force(admin, "UPDATE activities SET status = 'archived' WHERE code = 'A1'")
    with pytest.raises(Archived):
        said(over)


def test_the_leader_evaluates_on_the_page_and_strangers_do_not(over: Town, as_: Pages) -> None:
    page = as_("V0010").get("/activities/A1/evaluations")
    assert "Volunteer 001" in page
    assert "V0001</b>" not in page
    assert "Shown from 5 answers on" in page
    sent = {"volunteer": "V0001", "grade": "good", "note": "kind to all"}
    answer = as_("V0010").post("/activities/A1/evaluations", **sent)
    assert "kind to all" in answer.get_data(as_text=True)
    for who, status in (("V0001", 403), ("U-SUP", 403), ("U-GZ", 404)):
        assert as_(who).post("/activities/A1/evaluations", **sent).status_code == status
        assert as_(who).get("/activities/A1/evaluations", status)
    for who in ("V9999", "G0001"):
        unknown = as_("V0010").post("/activities/A1/evaluations", **(sent | {"volunteer": who}))
        assert unknown.status_code == 409
    bad = as_("V0010").post("/activities/A1/evaluations", volunteer="V0001", grade="superb")
    assert bad.status_code == 422
    assert over.count("records_evaluations") == 1
    assert "good" in as_("V0001").get("/me/records")


@given(st.dictionaries(st.integers(1, 5), st.integers(0, 60)))
def test_fewer_than_five_ratings_show_nothing_at_all(counts: dict[int, int]) -> None:
    found, total = rated(counts), sum(counts.values())
    assert found.shown == (total >= 5)
    if found.shown:
        assert found.by_grade is not None
        assert found.average_tenths is not None
        assert (found.count, sum(found.by_grade.values())) == (total, total)
        mean = sum(grade * times for grade, times in counts.items()) * 10 / total
        assert abs(found.average_tenths - mean) <= 0.5
    else:
        assert (found.count, found.average_tenths, found.by_grade) == (None, None, None)


def test_a_browser_rates_an_activity_once(over: Town) -> None:
    assert [rating(over, "b1", 5), rating(over, "b1", 1), rating(over, "b2", 4)] == [
        True,
        False,
        True,
    ]
    assert over.database.rows("SELECT grade, day FROM records_ratings ORDER BY id") == [
        {"grade": 5, "day": DAY},
        {"grade": 4, "day": DAY},
    ]


def test_a_rating_is_never_changed(over: Town, owner) -> None:
    rating(over, "b1", 5)
    for sql in (b"UPDATE records_ratings SET grade = 1", b"DELETE FROM records_ratings"):
        with pytest.raises(Exception, match="append-only"):
            owner.execute(sql)


def test_ratings_are_taken_from_the_start_until_a_week_after_the_end(over: Town) -> None:
    for moment, taken in (
        (at("07:59"), False),
        (at("08:00"), True),
        (at("10:00", day=date(2025, 10, 25)), True),
        (at("10:01", day=date(2025, 10, 25)), False),
    ):
        over.clock.set(moment)
        if taken:
            assert rating(over, f"b{moment}", 5)
        else:
            with pytest.raises(RatingClosed):
                rating(over, f"b{moment}", 5)


def test_a_browser_cannot_be_followed_from_one_activity_to_another(over: Town) -> None:
    one, two = over.activity("A1"), over.activity("A2")
    secret = over.settings.secret_key
    assert browser_mark(secret, "b", one) != browser_mark(secret, "b", two)


@given(st.text(max_size=60))
def test_a_link_that_we_did_not_make_names_nothing(text: str) -> None:
    assert activity_of_token("secret", text) is None
    code = text.lower()
    if code and code.isascii():
        assert activity_of_token("secret", rating_token("secret", text)) == code
    assert activity_of_token("other", rating_token("secret", "A1")) is None


def test_the_served_scan_the_code_and_tap_once(over: Town, client: FlaskClient, as_: Pages) -> None:
    poster = as_("V0010").get("/activities/A1/rating")
    token = rating_token(over.settings.secret_key, "A1")
    assert f"https://aixin.example/a/{token}" in poster
    client.delete_cookie("aixin_session")

    def tap(**sent: Any) -> Any:
        return client.post(f"/a/{token}", data=sent)

    assert "How satisfied" in client.get(f"/a/{token}").get_data(as_text=True)
    assert "Thank you" in tap(grade=5).get_data(as_text=True)
    assert "answered already" in tap(grade=1).get_data(as_text=True)
    cookie = client.get_cookie("aixin_rater", path="/a/")
    assert cookie is not None
    assert cookie.http_only
    assert tap(grade=6).status_code == 422
    assert client.get("/a/a1.aaaaaaaaaaaaaaaa").status_code == 404
    assert over.count("records_ratings") == 1


def test_an_address_that_rates_without_end_is_stopped(over: Town, client: FlaskClient) -> None:
    token = rating_token(over.settings.secret_key, "A1")
    codes = []
    for _ in range(32):
        client.delete_cookie("aixin_rater", path="/a/")
        codes.append(client.post(f"/a/{token}", data={"grade": 1}).status_code)
    assert (codes.count(200), codes[-1]) == (30, 429)
    assert over.count("records_ratings") == 30


def test_five_ratings_are_shown_to_the_leader(over: Town, as_: Pages) -> None:
    for n in range(5):
        rating(over, f"b{n}", 4 if n else 5)
    page = as_("V0010").get("/activities/A1/evaluations")
    assert "4.2" in page
    assert "5 answers" in page
    assert records.ratings_of(over.database, 1).by_grade == {5: 1, 4: 4, 3: 0, 2: 0, 1: 0}
