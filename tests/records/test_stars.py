"""Stars: proposed once a level, granted when the notice is over, by somebody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service import records, trail
from service.records.actions.stars import decline_star, grant_star, settle_review
from service.records.models import Star, StarStatus
from service.records.refusals import HoursFell, NoticeRuns, OwnStar, ReasonMissing, StarDecided
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import DAY, Town, at, move_to
from tests.records.conftest import Apis, Pages
from tests.records.test_lines import force

Propose = Callable[[], int]
LAST_OF_NOTICE = date(2025, 10, 22)
AFTER = date(2025, 10, 23)


@pytest.fixture
def served(town: Town) -> Town:
    """V0001 has served the two hours of the first star."""
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    return town


def stars(town: Town) -> list[dict[str, Any]]:
    return town.database.rows("SELECT * FROM records_stars ORDER BY id")


def decide(town: Town, work: Any, by: str = "U-SEC", day: date = AFTER, **given: Any) -> Star:
    move_to(town, at("09:00", day=day))
    number = stars(town)[0]["id"]
    found = town.run(work, star_id=number, by=town.caller(by), now=town.clock.now(), **given)
    assert isinstance(found, Star)
    return found


def test_a_star_is_proposed_once_when_the_hours_reach_it(served: Town, propose: Propose) -> None:
    assert [propose(), propose()] == [1, 0]
    (row,) = stars(served)
    assert (row["level"], row["needed"], row["minutes"], row["status"]) == (1, 120, 120, "proposed")
    assert row["notice_until"] == LAST_OF_NOTICE  # Saturday; then Monday, Tuesday, Wednesday
    assert served.events("StarProposed") == [
        {"star": 1, "minutes": 120, "volunteer": "V0001", "notice_until": "2025-10-22"}
    ]


def test_the_notice_passes_over_holidays(served: Town, propose: Propose) -> None:
    move_to(served, at("09:00", day=date(2025, 9, 29)))
    propose()
    assert stars(served)[0]["notice_until"] == date(2025, 10, 10)  # 30 September, 9, 10 October


def test_hours_from_before_the_books_count(town: Town, propose: Propose, admin) -> None:
    force(admin, "UPDATE people_volunteers SET opening_minutes = 18000 WHERE code = 'V0003'")
    assert propose() == 2
    assert [row["level"] for row in stars(town)] == [1, 2]


def test_a_minute_less_is_no_star(town: Town, propose: Propose, admin) -> None:
    force(admin, "UPDATE people_volunteers SET opening_minutes = 119 WHERE code = 'V0003'")
    assert propose() == 0


def test_workers_at_the_same_time_propose_once(served: Town, admin) -> None:
    force(admin, "UPDATE people_volunteers SET opening_minutes = 18000")
    given = {"programme_id": 1, "now": served.clock.now()}
    for _ in range(3):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: served.run(records.propose_stars, **given), range(6)))
    assert len(stars(served)) == len(served.events("StarProposed")) == 22  # 11 people, 2 levels


def test_the_secretary_grants_when_the_notice_is_over(served: Town, propose: Propose) -> None:
    propose()
    with pytest.raises(NoticeRuns):
        decide(served, grant_star, day=LAST_OF_NOTICE)
    star = decide(served, grant_star)
    assert (star.status, star.decided_by) == (StarStatus.GRANTED, "staff:U-SEC")
    assert served.events("StarGranted") == [{"volunteer": "V0001", "star": 1, "by": "staff:U-SEC"}]
    assert records.star_of(served.database, served.volunteer("V0001").id or 0) == 1
    letter = served.database.call(
        "SELECT kind, params, link FROM inbox_messages WHERE kind = 'star_granted'"
    )
    assert letter == {"kind": "star_granted", "params": {"stars": 1}, "link": "/me/records"}


def test_granting_twice_is_one_grant(served: Town, propose: Propose) -> None:
    propose()
    move_to(served, at("09:00", day=AFTER))
    given = {
        "star_id": stars(served)[0]["id"],
        "by": served.caller("U-SEC"),
        "now": served.clock.now(),
    }
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: served.run(grant_star, **given), range(6)))
    assert {star.status for star in done} == {"granted"}
    assert len(served.events("StarGranted")) == 1
    assert served.one("SELECT count(*) FROM inbox_messages WHERE kind = 'star_granted'") == 1


def test_nobody_decides_on_his_own_star(served: Town, propose: Propose, admin) -> None:
    propose()
    force(admin, "UPDATE people_staff SET volunteer_id = 1 WHERE code = 'U-SEC'")
    with pytest.raises(OwnStar):
        decide(served, grant_star)
    with pytest.raises(OwnStar):
        decide(served, decline_star, reason="x")
    assert stars(served)[0]["status"] == "proposed"


def test_a_declined_star_says_why_and_is_not_proposed_again(served: Town, propose: Propose) -> None:
    propose()
    with pytest.raises(ReasonMissing):
        decide(served, decline_star, reason="  ")
    star = decide(served, decline_star, reason="needs another talk")
    assert (star.status, star.reason) == ("declined", "needs another talk")
    assert propose() == 0
    with pytest.raises(StarDecided):
        decide(served, grant_star)
    assert served.run(trail.about, subject=f"star:{star.id}")[-1].action == "star.declined"


def test_hours_that_fell_mark_the_star_and_stop_the_grant(
    served: Town, propose: Propose, admin
) -> None:
    propose()
    force(admin, "UPDATE activities_awards SET status = 'reversed'")
    propose()
    assert stars(served)[0]["review_at"] is not None
    with pytest.raises(HoursFell):
        decide(served, grant_star)
    force(admin, "UPDATE activities_awards SET status = 'posted'")
    propose()
    assert stars(served)[0]["review_at"] is None
    assert decide(served, grant_star).status == "granted"


def fallen(town: Town, propose: Propose, admin: Any) -> None:
    propose()
    decide(town, grant_star)
    force(admin, "UPDATE activities_awards SET status = 'reversed'")
    propose()
    assert stars(town)[0]["review_at"] is not None


def test_a_kept_star_is_not_marked_again_for_the_same_fall(
    served: Town, propose: Propose, admin
) -> None:
    fallen(served, propose, admin)
    star = decide(served, settle_review, keep=True, reason="an error of ours")
    assert (star.status, star.review_at) == ("granted", None)
    propose()
    assert stars(served)[0]["review_at"] is None
    with pytest.raises(StarDecided):
        decide(served, settle_review, keep=False, reason="x")


def test_a_star_taken_back_may_be_proposed_again_when_the_hours_return(
    served: Town, propose: Propose, admin
) -> None:
    fallen(served, propose, admin)
    decide(served, settle_review, keep=False, reason="the award was wrong")
    assert records.star_of(served.database, served.volunteer("V0001").id or 0) == 0
    assert propose() == 0
    force(admin, "UPDATE activities_awards SET status = 'posted'")
    assert propose() == 1


def test_the_page_grants_and_declines(served: Town, propose: Propose, as_: Pages) -> None:
    propose()
    page = as_("U-SEC").get("/desk/stars")
    assert "V0001" in page
    assert "disabled" in page  # the notice runs
    move_to(served, at("09:00", day=AFTER))
    number = stars(served)[0]["id"]
    assert as_("U-SEC").post(f"/desk/stars/{number}/decision", decision="grant").status_code == 200
    assert "granted" in as_("U-SEC").get("/desk/stars?decided")
    assert "1 star" in as_("V0001").get("/me/records")
    assert "1 star" in as_("V0001").get("/home/me")


def test_everybody_reads_whose_star_is_in_its_notice_until_it_is_decided(
    served: Town, propose: Propose, client: FlaskClient, admin: psycopg.Connection
) -> None:
    move_to(served, at("09:00"))
    client.set_cookie("lang", "en")

    def seen() -> str:
        return client.get("/honours/FM").get_data(as_text=True)

    assert "Stars in their notice" not in seen()
    propose()
    assert "1 more star is not shown in public." in seen()
    assert "001" not in seen()
    force(admin, "UPDATE people_volunteers SET consent_notice = true WHERE code = 'V0001'")
    assert "Booklet ends in 001 · notice until 2025-10-22" in seen()
    assert "V0001" not in seen()
    force(admin, "UPDATE people_volunteers SET age_band = '14-17' WHERE code = 'V0001'")
    assert "ends in 001" not in seen()
    decide(served, grant_star)
    assert "Stars in their notice" not in seen()


@pytest.mark.parametrize(("who", "status"), [("U-ADM", 403), ("U-SUP", 403), ("V0001", 403)])
def test_only_the_secretary_decides(
    served: Town, propose: Propose, as_: Pages, who: str, status: int
) -> None:
    propose()
    move_to(served, at("09:00", day=AFTER))
    answer = as_(who).post("/desk/stars/1/decision", decision="grant")
    assert answer.status_code == status
    assert stars(served)[0]["status"] == "proposed"


def test_a_decision_that_is_none_is_refused(served: Town, propose: Propose, as_: Pages) -> None:
    propose()
    move_to(served, at("09:00", day=AFTER))
    for sent in ({"decision": "promote"}, {}, {"decision": "decline"}):
        assert as_("U-SEC").post("/desk/stars/1/decision", **sent).status_code == 422
    assert as_("U-SEC").post("/desk/stars/99/decision", decision="grant").status_code == 404
    assert stars(served)[0]["status"] == "proposed"


def test_the_json_grants_by_booklet_and_level(served: Town, propose: Propose, api: Apis) -> None:
    propose()
    assert api("U-SEC").call("PUT", "/volunteers/V0001/stars/1").status_code == 409
    move_to(served, at("09:00", day=AFTER))
    assert [one["volunteer"] for one in api("U-SEC").get("/stars")["items"]] == ["V0001"]
    for _ in range(2):
        answer = api("U-SEC").call("PUT", "/volunteers/V0001/stars/1")
        assert (answer.status_code, answer.get_json()["status"]) == (200, "granted")
    assert api("U-SEC").call("PUT", "/volunteers/V0001/stars/2").status_code == 404
    assert api("U-SEC").call("PUT", "/volunteers/G0001/stars/1").status_code == 404
    assert api("U-ADM").call("PUT", "/volunteers/V0001/stars/1").status_code == 403
    assert api("U-GZ").get("/stars?status=granted")["items"] == []
    assert len(api("U-SEC").get("/stars?status=granted")["items"]) == 1


def test_the_worker_proposes_in_all_programmes(served: Town, monkeypatch) -> None:
    from workers import jobs

    class World:
        database = served.database

        def now(self) -> datetime:
            return served.clock.now()

    monkeypatch.setattr(jobs, "runtime", World)
    assert [jobs.propose_stars(), jobs.propose_stars()] == [1, 0]
    assert stars(served)[0]["proposed_at"].date() == DAY


def test_an_award_s_event_proposes_at_once_and_a_reversal_s_marks(served: Town, admin) -> None:
    from workers.consumers import consume

    ids = [row["id"] for row in served.database.rows("SELECT id FROM outbox_events")]
    consume(served.database, ids, now=served.clock.now())
    consume(served.database, ids, now=served.clock.now())
    assert [row["volunteer_id"] for row in stars(served)] == [1]
    force(admin, "UPDATE activities_awards SET status = 'reversed'")
    served.run(records.hours_changed, codes=["V0001", "V0002"], now=served.clock.now())
    assert stars(served)[0]["review_at"] is not None
