"""Several posts at one activity: a stay belongs to a post, and a walk-in gets one that fits."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from service import activities
from service.activities.actions.gate import Answer, Sent, scan
from tests.activities import crowds
from tests.activities.queues import read, table, upload
from tests.activities.town import Town, at

POSTS = [
    activities.PostPlan("doctors", 1, "R-MED"),
    activities.PostPlan("tidying", 2, "R-GEN"),
]


@pytest.fixture
def fair(town: Town) -> Town:
    """Two posts: one for a qualified person, two places for anybody."""
    town.plan("F1", "08:00", "10:00", posts=POSTS, template="AT02")
    return town


def walk_in(town: Town, whom: str, nonce: str, **more: Any) -> Answer:
    town.clock.set(at("08:00"))
    sent = Sent(town.pass_of(whom), "in", nonce, activity="F1", **more)
    return scan(town.gate("V0010"), sent)


def needs(town: Town, admin: Any, name: str, **columns: Any) -> None:
    for column, value in columns.items():
        admin.execute(f"UPDATE activities_posts SET {column} = %s WHERE name = %s", [value, name])


def test_a_walk_in_gets_a_post_that_fits(fair: Town, admin: Any) -> None:
    needs(fair, admin, "doctors", needs_qualification=True)
    answer = walk_in(fair, "V0008", "n1")
    assert (answer.status, answer.walk_in, answer.post) == ("ok", True, "tidying")
    assert walk_in(fair, "V0005", "n2").post == "doctors"  # qualified


def test_a_walk_in_may_ask_for_a_post(fair: Town) -> None:
    assert walk_in(fair, "V0008", "n1", post="tidying").post == "tidying"
    assert walk_in(fair, "V0009", "n2", post="doctors").post == "doctors"
    assert walk_in(fair, "V0001", "n3", post="doctors").reason == "activity_full"
    assert walk_in(fair, "V0001", "n4", post="tidying").status == "ok"
    assert walk_in(fair, "V0002", "n5").reason == "activity_full"


def test_the_young_get_the_post_that_is_safe(fair: Town, admin: Any) -> None:
    needs(fair, admin, "doctors", adults_only=True)
    assert walk_in(fair, "V0006", "n1").post == "tidying"
    needs(fair, admin, "tidying", min_age=16)
    assert walk_in(fair, "V0006", "n1").replayed
    needs(fair, admin, "tidying", adults_only=True)
    assert walk_in(fair, "V0006", "n2").already  # in already: nobody is sent away afterwards


def test_the_young_stay_out_when_no_post_is_safe(fair: Town, admin: Any) -> None:
    for name in ("doctors", "tidying"):
        needs(fair, admin, name, adults_only=True)
    assert walk_in(fair, "V0006", "n1").reason == "under_age"


def test_a_queue_s_walk_in_gets_its_post_too(fair: Town) -> None:
    upload(fair, read(fair, "V0008", "08:00", activity="F1", post="tidying"))
    assert [row["signup"] for row in table(fair)] == ["came"]
    name = """SELECT p.name FROM activities_signups s JOIN activities_posts p ON p.id = s.post_id
      WHERE s.walk_in"""
    assert fair.one(name) == "tidying"


def test_a_walk_in_of_a_full_team_gets_another_post_or_none(fair: Town, admin: Any) -> None:
    red = crowds.team(fair, "RED")
    crowds.join_team(fair, ["V0001", "V0002", "V0003"], red)
    needs(fair, admin, "tidying", per_team_max=1)
    needs(fair, admin, "doctors", needs_qualification=True)
    assert walk_in(fair, "V0001", "n1").post == "tidying"
    assert walk_in(fair, "V0002", "n2").reason == "activity_full"
    assert walk_in(fair, "V0008", "n3").post == "tidying"  # of no team: the last place is free
    needs(fair, admin, "doctors", needs_qualification=False)
    assert walk_in(fair, "V0003", "n4").post == "doctors"


def test_walk_ins_of_one_team_at_once_get_its_places_and_no_more(fair: Town, admin: Any) -> None:
    people = ["V0001", "V0002", "V0003", "V0004", "V0005", "V0008"]
    crowds.join_team(fair, people, crowds.team(fair, "RED"))
    needs(fair, admin, "tidying", per_team_max=2, capacity=6)
    needs(fair, admin, "doctors", team_only=True)
    fair.clock.set(at("08:00"))
    gate = fair.gate("V0010")
    sent = [Sent(fair.pass_of(code), "in", f"n-{code}", activity="F1") for code in people]
    with ThreadPoolExecutor(len(people)) as pool:
        done = list(pool.map(partial(scan, gate), sent))
    assert sum(one.status == "ok" for one in done) == 2
    assert fair.one("SELECT taken FROM activities_posts WHERE name = 'tidying'") == 2


def test_a_queue_s_walk_in_of_a_full_team_counts_and_is_looked_at(fair: Town, admin: Any) -> None:
    crowds.join_team(fair, ["V0001", "V0008"], crowds.team(fair, "RED"))
    needs(fair, admin, "tidying", per_team_max=1)
    asked = {"activity": "F1", "post": "tidying"}
    upload(fair, read(fair, "V0008", "08:00", **asked), read(fair, "V0001", "08:01", **asked))
    assert fair.count("activities_attendances") == 2
    assert fair.one("SELECT taken FROM activities_posts WHERE name = 'tidying'") == 1
    assert fair.one("SELECT kind FROM activities_problems") == "no_place"


def test_every_way_has_its_assurance(town: Town) -> None:
    from service import passes

    town.clock.set(at("08:00"))
    shown = town.onsite("A1")
    scan(town.gate("V0001"), Sent(shown.url, "in", "c2"))
    scan(town.gate("V0002"), Sent(shown.digits, "in", "c3", activity="A1"))
    scan(town.gate("V0003"), Sent(passes.poster_url(town.keys, "A1"), "in", "poster"))
    scan(town.gate("V0010"), Sent(town.pass_of("V0003"), "in", "c1", activity="A1"))
    rows = town.database.rows(
        "SELECT nonce, way, assurance, status FROM activities_scans ORDER BY id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("c2", "C2", "A2", "ok"), ("c3", "C3", "A2", "ok"),
        ("poster", "C3", "A1", "refused"), ("c1", "C1", "A3", "ok"),
    ]  # fmt: skip
    town.clock.set(at("09:00"))
    scan(town.gate("V0003"), Sent(town.onsite("A1").url, "out", "out"))
    weakest = "SELECT assurance FROM activities_attendances WHERE out_at IS NOT NULL"
    assert town.one(weakest) == "A2"  # the weaker of in and out
