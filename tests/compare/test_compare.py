"""Communities side by side: what each did, by their codes, in a fixed number of reads."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service import people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_pages import Reader
from tests.activities.town import NOW, Api, Town, build

PATH = "/communities/comparison?month=2025-10"


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """FM with a confirmed and an open stay, GZ beside it, and an auditor above both."""
    found = build(database, settings, clock)

    def above(session: Any) -> None:
        place = people.found_unit(
            session, kind=people.UnitKind.SUBDISTRICT, code="XQ", name="XQ", programme_id=1
        )
        for code in ("FM", "GZ"):
            unit = people.unit(session, code)
            unit.parent_id = place.id
            session.add(unit)
        row = people.employ(session, code="U-STR", title="", community_id=None)
        people.grant(session, staff_id=row.id or 0, role=people.Role.AUDITOR, scope_code="XQ")
        token = people.open_staff_session(session, staff_id=row.id or 0, now=NOW)
        found.tokens["U-STR"] = token

    found.run(above)
    stay(found, "V0001", "08:00", "10:00")
    stay(found, "V0002", "08:00", "10:00")
    assert confirmed(found, "V0001").status == "ok"
    return found


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Callable[[str], Api]:
    """The JSON as somebody asks for it."""
    return lambda who: Api(client, town.tokens[who])


def test_the_auditor_sees_every_community_of_the_sub_district(api: Callable[[str], Api]) -> None:
    first, second = api("U-STR").get(PATH)["items"]
    assert (first["code"], first["heads"], first["active"], first["minutes"]) == ("FM", 10, 1, 120)
    assert first["points"] == {"issued": 20, "redeemed": 0, "expired": 0, "outstanding": 20}
    assert (second["code"], second["heads"], second["minutes"]) == ("GZ", 1, 0)
    assert second["points"] == {"issued": 0, "redeemed": 0, "expired": 0, "outstanding": 0}


def test_a_community_s_own_staff_sees_only_it(api: Callable[[str], Api]) -> None:
    assert [row["code"] for row in api("U-SEC").get(PATH)["items"]] == ["FM"]
    assert [row["code"] for row in api("U-GZ").get(PATH)["items"]] == ["GZ"]
    api("V0001").get(PATH, 403)


def test_another_month_has_its_own_figures(api: Callable[[str], Api]) -> None:
    later = api("U-STR").get("/communities/comparison?month=2025-11")["items"][0]
    assert (later["minutes"], later["points"]["issued"]) == (0, 0)
    assert later["points"]["outstanding"] == 20
    said = api("U-STR").get("/communities/comparison?month=soon", 422)
    assert said["errors"][0]["pointer"] == "#/month"


def test_the_page_says_the_same_with_figures_a_head(town: Town, client: FlaskClient) -> None:
    page = Reader(client, town.tokens["U-STR"]).get("/desk/compare?month=2025-10")
    assert page.index(">FM<") < page.index(">GZ<")
    assert "2.0 a head" in page  # 20 points, ten volunteers
    assert "/desk/points?community=FM&amp;month=2025-10" in page
    assert "V0001" not in page
    assert "not drawn yet" in page


def test_late_records_are_counted_where_they_belong(
    town: Town, api: Callable[[str], Api], admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities SET business_day = %s, status = 'open'", [date(2025, 9, 1)])
    found = {row["code"]: row["late"] for row in api("U-STR").get(PATH)["items"]}
    assert found == {"FM": 1, "GZ": 0}


def test_more_communities_cost_no_more_reads(
    town: Town, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads() -> int:
        asked: list[str] = []
        for name in ("rows", "call"):
            work = getattr(Database, name)
            counted = lambda self, sql, *given, _work=work: (  # noqa: E731
                asked.append(sql), _work(self, sql, *given))[1]  # fmt: skip
            monkeypatch.setattr(Database, name, counted)
        api("U-STR").get(PATH)
        monkeypatch.undo()
        return len(asked)

    api("U-STR").get(PATH)  # signs in, which costs statements of its own
    before = reads()

    def more(session: Any) -> None:
        above = people.unit(session, "XQ").id
        for number in range(8):
            unit = people.found_unit(
                session, kind=people.UnitKind.COMMUNITY, code=f"N{number}", name="n", programme_id=1
            )
            unit.parent_id = above
            session.add(unit)

    town.run(more)
    assert reads() == before <= 14
    assert len(api("U-STR").get(PATH)["items"]) == 10
