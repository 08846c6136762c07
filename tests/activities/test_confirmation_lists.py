"""The confirmation sheet: everybody or some, the cap by its name, and who is not on it and why."""

import re
import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_manual_awards import claim
from tests.activities.test_pages import Reader
from tests.activities.town import Town, at

MANY = 300
# Three hundred people who served at A1 from 8 to 10, and their wallets.
CROWD = """WITH people AS (
  INSERT INTO people_volunteers (code, programme_id, community_id, age_band, channel, created_at,
    guardian_consent, qualification_verified, consent_notice, opening_lifetime, opening_minutes)
  SELECT 'W' || lpad(n::text, 4, '0'), v.programme_id, v.community_id, '40-49', 'phone',
    v.created_at, false, false, true, 0, 0
  FROM generate_series(1, %(many)s) n, people_volunteers v WHERE v.code = 'V0001'
  RETURNING id, code, programme_id, created_at),
wallets AS (
  SELECT ledger_open_account(programme_id, 'volunteer:' || code, 'PTS', true, true, 0, created_at)
  FROM people),
stays AS (
  INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at, out_at,
                                      in_way, out_way, in_actor, out_actor)
  SELECT a.id, p.id, 'service', 'out', a.starts_at, a.ends_at, 'C1', 'C1', 'x', 'x'
  FROM people p, activities a WHERE a.code = 'A1' RETURNING id)
SELECT (SELECT count(*) FROM wallets) AS wallets, (SELECT count(*) FROM stays) AS stays"""


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Callable[..., Reader]:
    def reading(who: str, language: str = "en") -> Reader:
        found = Reader(client, town.tokens[who])
        client.set_cookie("lang", language)
        return found

    return reading


@pytest.fixture
def crowd(town: Town) -> Town:
    town.database.call(CROWD, {"many": MANY})
    town.clock.set(at("10:30"))
    return town


def served(town: Town, *who: str) -> None:
    for one in who:
        stay(town, one, "08:00", "10:00")


def statuses(town: Town) -> dict[str, str]:
    rows = town.database.rows(
        "SELECT v.code, t.status FROM activities_attendances t"
        " JOIN people_volunteers v ON v.id = t.volunteer_id"
    )
    return {row["code"]: row["status"] for row in rows}


def test_one_button_confirms_everybody_shown(town: Town, as_: Callable[..., Reader]) -> None:
    served(town, "V0001", "V0002", "V0003")
    page = as_("V0010").get("/activities/A1/confirm")
    assert "Confirm 3 people, award 60 points" in page
    listed = re.findall(r'name="all" value="(\w+)"', page)
    assert listed == ["V0001", "V0002", "V0003"]
    as_("V0010").post("/activities/A1/confirm", all=listed, everybody="1")
    assert set(statuses(town).values()) == {"confirmed"}
    as_("V0010").post("/activities/A1/confirm", all=listed, everybody="1")  # a second tap
    assert [town.balance(one) for one in listed] == [20, 20, 20]
    assert town.count("ledger_transfers") == 3


def test_only_those_ticked_are_confirmed(town: Town, as_: Callable[..., Reader]) -> None:
    served(town, "V0001", "V0002", "V0003")
    everybody = ["V0001", "V0002", "V0003"]
    as_("V0010").post("/activities/A1/confirm", all=everybody, volunteer=["V0002"])
    assert statuses(town) == {"V0001": "out", "V0002": "confirmed", "V0003": "out"}
    page = as_("V0010").post("/activities/A1/confirm", all=everybody).get_data(as_text=True)
    assert "Nobody is ticked" in page
    assert town.count("activities_awards") == 1


@pytest.mark.parametrize(
    ("language", "limit", "sum_", "told"),
    [
        (
            "en",
            "limit of the day: 4 cut",
            "64 points today before; 16 of 20 now",
            "The day&#39;s limit took 4 points",
        ),
        (
            "zh",
            "当天上限，截 4",
            "当天已得 64 分；本次应得 20 分，发 16 分",
            "超过每日上限，少发 4 分",
        ),
    ],
)
def test_the_day_s_cap_is_named_before_and_after(
    town: Town, as_: Callable[..., Reader], language: str, limit: str, sum_: str, told: str
) -> None:
    served(town, "V0001")
    claim(town, "M1", rule="R-GEN", claimed_from=at("09:00"), claimed_to=at("13:00"))
    claim(town, "M2", rule="R-SKILL", claimed_from=at("14:00"), claimed_to=at("16:00"))
    page = as_("V0010", language).get("/activities/A1/confirm")
    assert limit in page
    assert sum_ in page
    confirmed(town, "V0001")
    assert limit in as_("V0010", language).get("/activities/A1/confirm")
    assert told in as_("V0001", language).get("/me/inbox")


def test_the_month_s_cap_is_named_as_such(town: Town, as_: Callable[..., Reader]) -> None:
    served(town, "V0001")
    for day in range(1, 15):  # 14 days of 35 points
        from_, to = (at(clock).replace(day=day) for clock in ("09:00", "12:30"))
        claim(town, f"M{day}", rule="R-GEN", claimed_from=from_, claimed_to=to)
    page = as_("V0010").get("/activities/A1/confirm")
    assert "limit of the month: 10 cut" in page
    assert "490 points this month before; 10 of 20 now" in page
    award = confirmed(town, "V0001").award
    assert award is not None
    assert (award.points, award.cut, award.cut_by, award.minutes) == (10, 10, "month", 120)
    assert "limit of the month: 10 cut" in as_("V0010").get("/activities/A1/confirm")


def test_a_leader_is_told_who_confirms_him(town: Town, as_: Callable[..., Reader]) -> None:
    served(town, "V0001", "V0010")
    page = as_("V0010").get("/activities/A1/confirm")
    assert "Nobody confirms himself" in page
    assert "The recorder confirms it." in page
    assert 'value="V0010"' not in page
    as_("V0010").post("/activities/A1/confirm", all=["V0001", "V0010"], everybody="1")
    assert statuses(town) == {"V0001": "confirmed", "V0010": "out"}
    assert 'value="V0010"' in as_("U-ADM").get("/activities/A1/confirm")


def test_the_young_are_marked_and_never_awarded_for_posts_of_adults(
    town: Town, as_: Callable[..., Reader]
) -> None:
    served(town, "V0001", "V0002")
    town.database.call(
        "UPDATE people_volunteers SET age_band = '14-17' WHERE code IN ('V0001', 'V0002')"
        " RETURNING id"
    )
    page = as_("U-ADM").get("/activities/A1/confirm")
    assert page.count("under 18") == 2
    town.database.call("UPDATE activities_posts SET adults_only = true RETURNING id")
    page = as_("U-ADM").get("/activities/A1/confirm")
    assert page.count("This post is for adults only: nothing is awarded.") == 2
    assert 'name="all"' not in page
    done = confirmed(town, "V0001")
    assert (done.status, done.reason) == ("refused", "under_age")
    assert town.count("activities_awards") == 0


def test_who_did_not_consent_to_notices_is_marked_for_staff_only(
    town: Town, as_: Callable[..., Reader]
) -> None:
    served(town, "V0001", "V0002")
    town.database.call("UPDATE people_volunteers SET consent_notice = code <> 'V0001' RETURNING id")
    assert as_("U-ADM").get("/activities/A1/confirm").count("counts in totals only") == 1
    assert "counts in totals only" not in as_("V0010").get("/activities/A1/confirm")


def test_somebody_of_another_community_reads_no_list(
    town: Town, as_: Callable[..., Reader]
) -> None:
    served(town, "V0001")
    as_("U-GZ").get("/activities/A1/confirm", 404)
    as_("V0002").get("/activities/A1/confirm", 403)


def test_a_long_list_comes_in_parts_and_pages(crowd: Town, as_: Callable[..., Reader]) -> None:
    own(crowd, "V0001", "08:00")
    crowd.clock.set(at("10:30"))
    reader = as_("V0010")
    first = reader.get("/activities/A1/confirm")
    assert f"Confirm {MANY} people" in first
    assert len(re.findall(r'type="checkbox" name="volunteer"', first)) == 50
    assert "Undecided" in first
    following = re.findall(r'href="\?(show=ready&amp;after=W\d+)"', first)[0]
    second = reader.get("/activities/A1/confirm?" + following.replace("&amp;", "&"))
    assert 'name="volunteer" value="W0051"' in second
    assert 'name="volunteer" value="W0001"' not in second
    assert 'decision" value="end"' in reader.get("/activities/A1/confirm?show=open")
    last = reader.get("/activities/A1/confirm?show=ready&after=W0250")
    assert "W0300" in last
    assert 'rel="next"' not in last


def test_three_hundred_are_confirmed_with_one_tap(crowd: Town, as_: Callable[..., Reader]) -> None:
    reader = as_("V0010")
    page = reader.get("/activities/A1/confirm")
    listed = re.findall(r'name="all" value="(\w+)"', page)
    assert len(listed) == MANY
    began = time.process_time()
    done = reader.post("/activities/A1/confirm", all=listed, everybody="1").get_data(as_text=True)
    assert time.process_time() - began < 15  # of CPU, on a busy machine
    assert crowd.one("SELECT count(*) FROM activities_awards WHERE points = 20") == MANY
    assert crowd.one("SELECT count(*) FROM inbox_messages") == MANY
    assert f"{MANY} people" in done
    reader.post("/activities/A1/confirm", all=listed, everybody="1")
    assert crowd.count("ledger_transfers") == MANY
