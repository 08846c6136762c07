"""A month is drawn once, from what was confirmed in it, by a head nobody knew when it ended."""

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from service import sampling
from tests.activities.test_pages import Reader
from tests.activities.town import Api, Town, at
from tests.sampling.conftest import Month


def test_nothing_is_drawn_before_the_head_that_makes_the_seed(month: Month) -> None:
    assert month.draw() == 0
    head = month.seal()
    assert head is not None
    assert month.draw() == 1
    (row,) = month.drawn()
    assert (row["month"], row["head_size"], bytes(row["head_root"])) == (
        date(2025, 10, 1), head.size, head.root,
    )  # fmt: skip


def test_a_head_of_the_month_itself_is_no_seed(month: Month) -> None:
    month.go_to("23:50", date(2025, 10, 31))
    month.seal()
    month.go_to("00:30")
    assert month.draw() == 0  # whoever confirmed at 23:55 could have known that head


def test_what_still_ran_at_midnight_is_waited_for(month: Month) -> None:
    month.go_to("00:05")
    month.seal()
    assert month.draw() == 0
    month.go_to("00:10")
    assert month.draw() == 1


def test_a_second_run_draws_nothing_and_a_later_head_changes_nothing(drawn: Month) -> None:
    before = drawn.drawn(), drawn.calls()
    drawn.go_to("09:00")
    drawn.seal()
    assert drawn.draw() == 0
    assert (drawn.drawn(), drawn.calls()) == before


def test_workers_at_the_same_time_draw_once(month: Month) -> None:
    month.seal()
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: month.draw(), range(6)))
    assert sum(done) == 1
    assert [len(month.drawn()), len(month.calls())] == [1, 3]


def test_the_list_is_what_was_confirmed_in_the_month_whatever_day_was_served(
    month: Month, admin: psycopg.Connection
) -> None:
    later = at("12:00", day=date(2025, 11, 3))
    admin.execute("UPDATE activities_awards SET entered_at = %s WHERE id = 1", [later])
    month.seal()
    assert month.draw() == 1
    month.go_to("00:30", date(2025, 12, 1))
    admin.execute("UPDATE ledger_heads SET sealed_at = %s", [month.town.clock.now()])
    assert month.draw() == 1
    assert [(row["month"].month, row["listed"]) for row in month.drawn()] == [(10, 4), (11, 1)]
    lists = [row["population"].split() for row in month.drawn()]
    assert len({*lists[0], *lists[1]}) == 5  # late ones are in the next list; none is in two


def test_a_month_without_any_hours_is_drawn_as_an_empty_one(
    drawn: Month, admin: psycopg.Connection
) -> None:
    drawn.go_to("00:30", date(2025, 12, 1))
    admin.execute("UPDATE ledger_heads SET sealed_at = %s", [drawn.town.clock.now()])
    assert [drawn.draw(), drawn.draw()] == [1, 0]
    assert (drawn.drawn()[1]["listed"], drawn.drawn()[1]["drawn"]) == (0, 0)


def test_a_community_that_never_served_has_no_draws(drawn: Month) -> None:
    assert drawn.town.one("SELECT count(*) FROM sampling_draws WHERE community_id = 2") == 0


def test_the_page_s_own_recipe_draws_the_same(
    drawn: Month, client: FlaskClient, as_: Callable[[str], Reader], tmp_path: Path
) -> None:
    reader = as_("U-SEC")
    page = reader.get("/sampling/FM/2025-10")
    recipe = unescape(page.split('<code id="recipe">')[1].split("</code>")[0])
    text = reader.get("/sampling/FM/2025-10/list.txt")
    (tmp_path / "sampling-FM-2025-10.txt").write_text(text)
    command = [sys.executable, "-I", "-c", recipe]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    said = ran.stdout.split()
    (row,) = drawn.drawn()
    assert said[:2] == [row["digest"], row["seed"]]
    assert [int(one) for one in said[2:]] == [call["attendance_id"] for call in drawn.calls()]
    assert len(said[2:]) == 3


def test_everybody_sees_the_seed_and_the_numbers_and_no_person(
    drawn: Month, client: FlaskClient
) -> None:
    (row,) = drawn.drawn()
    for path in ("/sampling/FM", "/sampling/FM/2025-10"):
        page = client.get(f"{path}?lang=en").get_data(as_text=True)
        assert "2025-10" in page
        assert not re.search(r"V00\d\d|志愿者|ends in", page)
    assert row["seed"] in page
    assert row["digest"] in page
    assert client.get("/api/v1/sampling/draws/FM/2025-10").get_json()["seed"] == row["seed"]
    assert client.get("/sampling/FM/2025-09").status_code == 404
    assert client.get("/sampling/FM/soon").status_code == 404
    assert client.get("/sampling/GZ/2025-10").status_code == 404


def test_the_list_waits_until_the_calls_are_over(
    drawn: Month, client: FlaskClient, as_: Callable[[str], Reader]
) -> None:
    path = "/sampling/FM/2025-10/list.txt"
    assert client.get(path).status_code == 403
    for at_, call in enumerate(drawn.calls()):
        drawn.told("confirmed", call_id=call["id"], key=f"T-{at_}")
    assert client.get(path).data.decode() == drawn.drawn()[0]["population"]


def test_a_draw_is_never_changed_whoever_asks(drawn: Month, owner: psycopg.Connection) -> None:
    for statement in (
        "UPDATE sampling_draws SET drawn = 0",
        "DELETE FROM sampling_draws",
        "UPDATE sampling_calls SET attendance_id = attendance_id + 1",
        "DELETE FROM sampling_calls",
    ):
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(statement.encode())
        assert refused.value.sqlstate == "SA009", statement


def test_the_desk_lists_only_the_own_communities(
    drawn: Month, api: Callable[[str], Api], as_: Callable[[str], Reader]
) -> None:
    assert [row["community"] for row in api("U-SEC").get("/sampling/draws")["items"]] == ["FM"]
    assert api("U-GZ").get("/sampling/draws") == {"items": [], "next": None}
    api("U-GZ").get("/sampling/draws/FM/2025-10/calls", 404)
    api("V0001").get("/sampling/draws", 403)
    number = drawn.calls()[0]["id"]
    stranger = as_("U-GZ")
    stranger.get("/desk/sampling/FM/2025-10", 404)
    stranger.get(f"/desk/sampling/calls/{number}", 404)
    assert stranger.post(f"/desk/sampling/calls/{number}/look").status_code == 404


def test_a_page_of_draws_ends_where_the_next_begins(drawn: Month, owner, town: Town) -> None:
    owner.execute(
        "INSERT INTO sampling_draws (programme_id, community_id, month, percent, tries, head_size,"
        " head_root, seed, population, listed, digest, drawn, drawn_at)"
        " SELECT 1, 1, date '2026-01-01' + make_interval(months => n), 5, 3, 1,"
        " decode(repeat('00', 32), 'hex'), 's', '', 0, 'd', 0, now() FROM generate_series(0, 6) n"
    )
    first = sampling.draws(town.database, [1], limit=5)
    second = sampling.draws(town.database, [1], before=first[-1].id, limit=5)
    found = [row.month for row in [*first, *second]]
    assert found == sorted(found, reverse=True)
    assert len(found) == 8


def test_the_month_s_list_is_found_by_index(drawn: Month, admin: psycopg.Connection) -> None:
    admin.execute("SET enable_seqscan = off")
    plan = admin.execute(
        "EXPLAIN SELECT 1 FROM activities_awards WHERE entered_at >= now() AND entered_at < now()"
    ).fetchall()
    assert "ix_activities_awards_entered_at" in str(plan)
