"""Where matters are raised: teams T1, T2 (T3 has no leader), grid workers, a visit."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from service import activities, matters, people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.matters.models import Step
from service.matters.rules import Part
from tests.activities.town import BORN, NOW, Town, at, hire
from tests.activities.town import build as build_town

VISITORS = ("V0001", "V0002")
LEADERS = {"T1": "V0001", "T2": "V0003"}
TEAMS = {"T1": ("V0001", "V0002"), "T2": ("V0003", "V0004"), "T3": ("V0005",)}
KEEPER = frozenset({Part.KEEPER})
ASSIGNEE = frozenset({Part.ASSIGNEE})


@dataclass
class Place(Town):
    """The town with what matters need, and shorthand for what its people do."""

    count: int = 0

    def key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def found(self, **given: Any) -> matters.Found:
        stated = {"category": "road", "place": "Yard 3", "text": "The lamp is broken"}
        return matters.Found(**{"key": self.key(), **stated, **given})

    def raised(self, who: str = "V0001", **given: Any) -> matters.Matter:
        def work(session: Session) -> matters.Matter:
            visit = activities.activity(session, "VISIT")
            person = people.volunteer(session, who)
            found = self.found(**given)
            return matters.raise_on_visit(
                session, visit, found, volunteer=person, now=self.clock.now()
            )

        return self.database.atomic(work)

    def at_desk(self, **given: Any) -> matters.Matter:
        def work(session: Session) -> matters.Matter:
            home = people.unit(session, "FM")
            return matters.raise_at_desk(
                session, home, self.found(**given), by="staff:U-ADM", now=self.clock.now()
            )

        return self.database.atomic(work)

    def team(self, code: str) -> matters.Assignee:
        def work(session: Session) -> matters.Assignee:
            home = people.unit(session, "FM")
            row = people.team(session, community_id=home.id or 0, code=code)
            assert row is not None
            return matters.Assignee(team_id=row.id)

        return self.database.atomic(work)

    def worker(self, code: str = "U-GRID") -> matters.Assignee:
        return matters.Assignee(staff_id=self.run(people.staff, code=code).id)

    def assigned(self, matter: matters.Matter, to: matters.Assignee | str = "T1") -> matters.Matter:
        target = self.team(to) if isinstance(to, str) else to
        return self.step("assign", matter, to=target)

    def step(
        self,
        arrow: str,
        matter: matters.Matter,
        *,
        parts: frozenset[Part] = KEEPER | ASSIGNEE,
        to: matters.Assignee | None = None,
        words: str = "Said",
        key: str = "",
        by: str = "staff:U-ADM",
    ) -> matters.Matter:
        said = matters.Said(by, parts, key or self.key(), words)

        def work(session: Session) -> matters.Matter:
            row = session.get_one(matters.Matter, matter.id)
            if to is not None:
                return matters.assign(session, row, to, said, now=self.clock.now())
            return matters.take(session, row, matters.Arrow(arrow), said, now=self.clock.now())

        return self.database.atomic(work)

    def rated(self, matter: matters.Matter, rating: int, words: str = "") -> matters.Matter:
        from service.matters.actions.rating import rate

        def work(session: Session) -> matters.Matter:
            row = session.get_one(matters.Matter, matter.id)
            now = self.clock.now()
            return rate(session, row, rating=rating, words=words, key=self.key(), now=now)

        return self.database.atomic(work)

    def answered(self, matter: matters.Matter, to: str = "T1") -> matters.Matter:
        self.assigned(matter, to)
        self.step("solve", matter)
        return self.step("answer", matter, words="The lamp is mended")

    def in_state(self, state: str) -> matters.Matter:
        row = self.raised()
        if state == "found":
            return row
        row = self.assigned(row)
        for arrow in {"assigned": (), "solved": ("solve",), "answered": ("solve", "answer")}[state]:
            row = self.step(arrow, row)
        return row

    def again(self, matter: matters.Matter) -> matters.Matter:
        return self.database.atomic(lambda session: session.get_one(matters.Matter, matter.id))

    def steps(self, matter: matters.Matter) -> list[Step]:
        asked = select(Step).where(Step.matter_id == matter.id).order_by(Step.id)
        return self.database.atomic(lambda session: list(session.exec(asked).all()))

    def arrows(self, matter: matters.Matter) -> list[str]:
        return [step.arrow for step in self.steps(matter)]

    def letters(self, who: str) -> list[dict[str, Any]]:
        return self.database.rows(
            "SELECT m.kind, m.params, m.link FROM inbox_messages m JOIN people_volunteers v"
            " ON v.id = m.volunteer_id WHERE v.code = %(who)s ORDER BY m.id",
            {"who": who},
        )

    def later(self, **by: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**by))

    def post(self, client: FlaskClient, who: str, path: str, **sent: Any) -> TestResponse:
        sent.setdefault("key", self.key())
        return client.post(f"/api/v1{path}", json=sent, headers=self.headers(who))

    def get(self, client: FlaskClient, who: str, path: str) -> TestResponse:
        return client.get(f"/api/v1{path}", headers=self.headers(who))

    def count_of(self, table: str) -> int:
        return int(self.one(f"SELECT count(*) FROM {table}"))

    def headers(self, who: str) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return {**token, "Accept-Language": "en"}


def settle_teams(session: Session, place: Place) -> None:
    home = people.unit(session, "FM")
    for code, members in TEAMS.items():
        team = people.found_team(session, community_id=home.id or 0, code=code, name=f"Team {code}")
        for member in members:
            people.volunteer(session, member).team_id = team.id
        session.flush()
        if code in LEADERS:
            leader = people.volunteer(session, LEADERS[code])
            matters.name_lead(session, team, leader, by="staff:U-SEC", now=BORN)
    for code in ("U-GRID", "U-GRI2"):
        hire(session, place, code, home, "grid_worker")
    hire(session, place, "U-AUD", home, "subdistrict_auditor")
    template = activities.Template(
        programme_id=home.programme_id or 0,
        code="AT05",
        name="Visit",
        rule="R-GEN",
        category="c",
        risk="low",
        kind="visit",
        counters=["入户户数"],
    )
    activities.add_template(session, template)


def check_in(place: Place, activity: str, *codes: str) -> None:
    """Let somebody stand in the yard already."""
    for code in codes:
        place.database.rows(
            "INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at,"
            " in_way, in_actor, offline, amended) SELECT a.id, v.id, 'service', 'in', %(now)s,"
            " 'C1', 'x', false, false FROM activities a, people_volunteers v"
            " WHERE a.code = %(activity)s AND v.code = %(code)s RETURNING id",
            {"activity": activity, "code": code, "now": place.clock.now()},
        )


def build(database: Database, settings: Settings, clock: Clock) -> Place:
    """V0001 leads team T1 and the visit of T1 from 8:00 on; V0002 is checked in there."""
    town = build_town(database, settings, clock)
    found = Place(**vars(town))
    database.atomic(lambda session: settle_teams(session, found))
    found.plan(
        "VISIT", "08:00", "10:00", template="AT05", leader="V0001", team="T1", signups=("V0002",)
    )
    check_in(found, "VISIT", "V0002")
    return found


__all__ = ["NOW", "Place", "at", "build", "check_in", "date", "datetime"]
