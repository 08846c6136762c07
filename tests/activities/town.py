"""A small community with a Saturday: two activities, ten volunteers, a secretary and a recorder."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from service import activities, ledger, passes, people, programmes
from service.activities.actions.gate import Gate
from service.clock import SHANGHAI, Clock
from service.config import Settings
from service.db import Database

DAY = date(2025, 10, 18)
BORN = datetime(2025, 1, 1, tzinfo=UTC)
RATES = [
    {"code": "R-GEN", "name": "general", "rate": 10},
    {"code": "R-SKILL", "name": "skilled", "rate": 12},
    {"code": "R-MED", "name": "medical", "rate": 14, "requires": "qualification_verified"},
    {"code": "R-NIGHT", "name": "night", "rate": 16, "requires": "insurance_ref, age>=18"},
]
FIGURES = {
    "rates_points_per_hour": RATES,
    "time": {"step_minutes": 30, "min_minutes": 30},
    "caps": {"points_per_day": 80, "points_per_month": 500},
    "manual_award": {"auto_limit_points": 40},
    "expiry": {"months": 24},
    "no_show": {"grace_minutes": 15, "after": 3},
    "tiers_by_lifetime_points": [{"tier": "T0", "name": "", "min": 0, "discount_pct": 0}],
}
BANDS = {"V0006": "14-17", "V0007": "14-17"}
STAFF = {"U-SEC": "community_secretary", "U-ADM": "volunteer_admin", "U-SUP": "second_approver"}
TEMPLATES = (("AT01", "low", "R-GEN"), ("AT02", "low", "R-MED"), ("AT04", "danger", "R-NIGHT"))
PEOPLE = [f"V{n:04}" for n in range(1, 11)]


def at(clock: str, day: date = DAY) -> datetime:
    """A moment in Shanghai on the Saturday: at("08:00")."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(SHANGHAI)).astimezone(UTC)


@dataclass
class Town:
    """What the tests stand on, and shorthand for what they do; each step is a transaction."""

    database: Database
    settings: Settings
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    pids: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> passes.Keyring:
        return passes.keyring(self.settings.secret_key, self.settings.public_url)

    def run(self, work: Any, **given: Any) -> Any:
        return self.database.atomic(partial(work, **given))

    def one(self, sql: str, **params: Any) -> Any:
        row = self.database.call(sql, params)
        return next(iter(row.values())) if row else None

    def volunteer(self, code: str) -> people.Volunteer:
        return self.run(people.volunteer, code=code)

    def activity(self, code: str) -> activities.Activity:
        return self.run(activities.activity, code=code)

    def caller(self, code: str) -> people.Caller:
        found = people.resolve_token(self.database, self.tokens[code], now=self.clock.now())
        assert found is not None
        return found

    def gate(self, who: str) -> Gate:
        return Gate(self.database, self.keys, self.caller(who), self.clock.now())

    def pass_of(self, code: str, moment: datetime | None = None) -> str:
        """What somebody's phone shows at a moment."""
        when = moment or self.clock.now()
        return passes.pass_codes(self.keys, self.pids[code], at=when)[0].url

    def onsite(self, code: str, moment: datetime | None = None) -> passes.OnSite:
        found = self.activity(code)
        when = moment or self.clock.now()
        return passes.onsite_code(self.keys, found.onsite_secret, found.code, at=when)

    def balance(self, code: str) -> int:
        address = f"volunteer:{code}"
        found = self.volunteer(code)
        return self.run(ledger.balance, programme_id=found.programme_id, address=address)

    def events(self, kind: str) -> list[dict[str, Any]]:
        rows = self.database.rows(
            "SELECT payload FROM outbox_events WHERE type = %(kind)s ORDER BY id", {"kind": kind}
        )
        return [row["payload"] for row in rows]

    def count(self, table: str) -> int:
        return int(self.one(f"SELECT count(*) FROM {table}"))

    def print_card(self, code: str) -> passes.Printed:
        """A booklet for somebody, printed this moment."""

        def work(session: Session) -> passes.Printed:
            found = people.volunteer(session, code)
            booklet = passes.Booklet(code, found.community_id, found.id)
            card, printed = passes.draw_card(self.keys, booklet, now=BORN)
            session.add(card)
            return printed

        return self.database.atomic(work)

    def plan(self, code: str, start: str, end: str, **given: Any) -> None:
        stated: dict[str, Any] = {
            "template": "AT01",
            "title": f"Activity {code}",
            "place": "Yard 1",
            "leader": "V0010",
            "posts": [
                activities.PostPlan("all", given.pop("capacity", 3), given.pop("rule", None))
            ],
        }
        signups, waitlist = given.pop("signups", ()), given.pop("waitlist", ())
        stated |= given
        plan = activities.Plan(code=code, starts_at=at(start), ends_at=at(end), **stated)

        def work(session: Session) -> None:
            community = people.unit(session, "FM")
            row = activities.plan_activity(
                session, plan, community=community, actor="system", now=BORN
            )
            names = [*signups, *waitlist]
            activities.seat_first(session, row, volunteers=names, assisted=(), now=BORN)

        self.database.atomic(work)


def settle(session: Session, town: Town) -> None:
    """Found the community, its rules, its staff and its volunteers."""
    programme = programmes.open_programme(session, code="P", name="Points")
    assert programme.id is not None
    programmes.adopt(
        session, programme_id=programme.id, code="R", figures=FIGURES, effective_from=BORN.date()
    )
    for code in ("FM", "GZ"):
        people.found_unit(
            session,
            kind=people.UnitKind.COMMUNITY,
            code=code,
            name=code,
            programme_id=programme.id,
        )
    home = people.unit(session, "FM")
    ledger.open_account(
        session,
        programme_id=programme.id,
        address="issued",
        unit=ledger.Unit.PTS,
        place=ledger.HOT_END,
        now=BORN,
    )
    for code in PEOPLE:
        move_in(session, town, code, home)
    move_in(session, town, "G0001", people.unit(session, "GZ"))
    for code, role in STAFF.items():
        hire(session, town, code, home, role)
    hire(session, town, "U-GZ", people.unit(session, "GZ"), "volunteer_admin")
    for code, risk, rule in (
        ("AT01", "low", "R-GEN"),
        ("AT02", "low", "R-MED"),
        ("AT04", "danger", "R-NIGHT"),
    ):
        template = activities.Template(
            programme_id=programme.id, code=code, name=code, rule=rule, category="c", risk=risk
        )
        activities.add_template(session, template)


def move_in(session: Session, town: Town, code: str, community: people.Unit) -> None:
    newcomer = people.Newcomer(
        code=code,
        age_band=BANDS.get(code, "40-49"),
        channel="phone",
        name=f"志愿者{code[-3:]}",
        guardian_consent=code == "V0006",
        qualification_verified=code == "V0005",
    )
    row = people.register(session, newcomer, community=community, now=BORN)
    assert row.id is not None
    ledger.open_account(
        session,
        programme_id=row.programme_id,
        address=f"volunteer:{code}",
        unit=ledger.Unit.PTS,
        place=ledger.WALLET,
        now=BORN,
    )
    town.pids[code] = passes.bind_phone(session, volunteer_id=row.id, now=BORN).pid
    opened = people.open_volunteer_session(session, volunteer_id=row.id, now=NOW)
    town.tokens[code] = opened


def hire(session: Session, town: Town, code: str, community: people.Unit, role: str) -> None:
    row = people.employ(session, code=code, title=code, community_id=community.id)
    assert row.id is not None
    people.grant(session, staff_id=row.id, role=people.Role(role), scope_code=community.code)
    town.tokens[code] = people.open_staff_session(session, staff_id=row.id, now=NOW)


NOW = datetime(2025, 10, 18, 0, 0, tzinfo=UTC)  # 8:00 in Shanghai


def build(database: Database, settings: Settings, clock: Clock) -> Town:
    """A1 8:00–10:00 with 3 places (V0001 V0002 V0003, V0004 waits), A2 9:00–11:30 medical.

    V0010 leads A1, V0009 leads A2; V0006 is 15 with a guardian's consent, V0007 is 15 without.
    """
    found = Town(database, settings, clock)
    clock.set(NOW)
    database.atomic(partial(settle, town=found))
    found.plan("A1", "08:00", "10:00", signups=("V0001", "V0002", "V0003"), waitlist=("V0004",))
    found.plan(
        "A2", "09:00", "11:30", template="AT02", leader="V0009", capacity=4,
        signups=("V0002", "V0005", "V0008"),
    )  # fmt: skip
    return found


@dataclass
class Api:
    """The JSON API as one person uses it."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, body: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.call("POST", path, body if body is not None else {})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()


def move_to(town: Town, moment: datetime) -> None:
    """Let the clock go on, and everybody sign in anew."""
    town.clock.set(moment)

    def work(session: Session) -> None:
        for code in town.tokens:
            if staff := people.find_staff(session, code):
                token = people.open_staff_session(session, staff_id=staff.id or 0, now=moment)
            else:
                person = people.volunteer(session, code)
                token = people.open_volunteer_session(
                    session, volunteer_id=person.id or 0, now=moment
                )
            town.tokens[code] = token

    town.database.atomic(work)
