"""A small market for tests: one association, two shops with a till each, four volunteers."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from service import ledger, passes, people, programmes, shops
from service.clock import Clock
from service.config import Settings
from service.db import Database

DAY = date(2025, 10, 18)
BORN = datetime(2025, 1, 1, tzinfo=UTC)
EXPIRES = date(2027, 10, 31)
FIGURES = {
    "rates_points_per_hour": [{"code": "R-GEN", "name": "general", "rate": 10}],
    "goods_points_per_yuan": 5,
    "redemption": {"void_window_minutes": 30, "duplicate_window_minutes": 60},
    "offline": {"per_card_points_per_day": 50, "max_age_hours": 24},
    "tiers_by_lifetime_points": [
        {"tier": "T0", "name": "", "min": 0, "discount_pct": 0},
        {"tier": "T1", "name": "", "min": 100, "discount_pct": 5},
        {"tier": "T2", "name": "", "min": 300, "discount_pct": 10},
    ],
}
POINTS = {"V0001": 500, "V0002": 60, "V0003": 100, "V0004": 0}
LIFETIME = {"V0001": 320, "V0002": 99, "V0003": 100, "V0004": 1000}
PIN = "4711"
STAFF = {
    "U-SEC": ("community_secretary", "MK"),
    "U-ADM": ("volunteer_admin", "MK"),
    "U-SUP": ("second_approver", "MK"),
    "U-CH": ("association_officer", "ASSO"),
    "A-OWNER": ("shop_owner", "A"),
    "B-OWNER": ("shop_owner", "B"),
    "U-OTHER": ("community_secretary", "ELSE"),
}
GOODS = {
    "A": (
        shops.NewGood("SOAP", "Soap", 400, 20, 60),
        shops.NewGood("OIL", "Oil", 3000, 150, 20),
        shops.NewGood("HAT", "Hat", 1500, 75, 20, daily_limit=1),
        shops.NewGood("LAST", "Last one", 1000, 50, 5),
        shops.NewGood("BULB", "Bulb", 1000, 50, 30),
    ),
    "B": (shops.NewGood("SOAP", "Soap of B", 400, 20, 60),),
}


@dataclass
class Market:
    """What the tests stand on, and shorthand for what a till does."""

    database: Database
    settings: Settings
    clock: Clock
    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)
    pids: dict[str, str] = field(default_factory=dict)
    cards: dict[str, passes.Printed] = field(default_factory=dict)
    tills: dict[str, str] = field(default_factory=dict)
    programme_id: int = 0

    @property
    def keys(self) -> passes.Keyring:
        return passes.keyring(self.settings.secret_key, self.settings.public_url)

    def run(self, work: Any, **given: Any) -> Any:
        return self.database.atomic(partial(work, **given))

    def one(self, sql: str, **params: Any) -> Any:
        row = self.database.call(sql, params)
        return next(iter(row.values())) if row else None

    def post(self, path: str, body: Any, *, by: str, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[by]}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def get(self, path: str, *, by: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[by]}"}
        return self.client.get(f"/api/v1{path}", headers=headers)

    def code(self, who: str, moment: datetime | None = None) -> str:
        """What somebody's phone shows at a moment."""
        when = moment or self.clock.now()
        return passes.pass_codes(self.keys, self.pids[who], at=when)[0].url

    def redeem(
        self, who: str, good: str, key: str, *, by: str = "A", **more: Any
    ) -> dict[str, Any]:
        """Redeem with the phone's pass, unless `code` says otherwise; expects no failure."""
        body = {"code": more.pop("code", None) or self.code(who), "good": good, **more}
        response = self.post("/redemptions", body, by=by, key=key)
        assert response.status_code in {200, 201}, response.text
        return response.json

    def void(self, key: str, who: str | None, *, by: str = "A", undo: str | None = None) -> Any:
        body = {"code": self.code(who)} if who else {}
        response = self.post(f"/redemptions/{key}/void", body, by=by, key=undo)
        assert response.status_code == 200, response.text
        return response.json

    def discount(
        self, who: str, bill_fen: int, key: str, *, by: str = "A", **more: Any
    ) -> dict[str, Any]:
        body = {"code": self.code(who), "bill_fen": bill_fen, **more}
        response = self.post("/discounts", body, by=by, key=key)
        assert response.status_code in {200, 201}, response.text
        return response.json

    def balance(self, who: str) -> int:
        address = f"volunteer:{who}"
        return self.run(ledger.balance, programme_id=self.programme_id, address=address)

    def fen(self, address: str) -> int:
        given = {"programme_id": self.programme_id, "address": address}
        return self.run(ledger.balance, unit=ledger.Unit.CNY, **given)

    def stock(self, good: str, shop: str = "A") -> int:
        sql = """SELECT g.stock FROM shops_goods g JOIN shops s ON s.id = g.shop_id
        WHERE g.code = %(good)s AND s.code = %(shop)s"""
        return int(self.one(sql, good=good, shop=shop))

    def state(self, key: str) -> str | None:
        found: str | None = self.one("SELECT status FROM redemptions WHERE key = %(key)s", key=key)
        return found

    def count(self, table: str) -> int:
        return int(self.one(f"SELECT count(*) FROM {table}"))

    def events(self, kind: str) -> list[dict[str, Any]]:
        sql = "SELECT payload FROM outbox_events WHERE type = %(kind)s ORDER BY id"
        return [row["payload"] for row in self.database.rows(sql, {"kind": kind})]

    def check_books(self) -> None:
        """Both units sum to nothing, and every wallet is the sum of its lots less its debt."""
        sums = self.database.rows(
            "SELECT a.unit, sum(e.amount) AS total FROM ledger_entries e"
            " JOIN ledger_accounts a ON a.id = e.account_id GROUP BY a.unit"
        )
        assert all(row["total"] == 0 for row in sums), sums
        odd = self.database.rows(
            "SELECT a.address FROM ledger_accounts a WHERE a.by_lots AND a.posted + a.debt <>"
            " (SELECT coalesce(sum(amount), 0) FROM ledger_lots l WHERE l.account_id = a.id)"
        )
        assert odd == []


def build(database: Database, settings: Settings, clock: Clock, client: FlaskClient) -> Market:
    """Found the market: association ASSO, shops A and B, volunteers V0001 to V0004."""
    market = Market(database, settings, clock, client)
    market.run(found, market=market)
    return market


def found(session: Session, *, market: Market) -> None:
    """Write everything in one transaction."""
    programme = programmes.open_programme(session, code="MK", name="Market")
    assert programme.id is not None
    market.programme_id = programme.id
    programmes.adopt(
        session,
        programme_id=programme.id,
        code="MK-1",
        figures=FIGURES,
        effective_from=date(2025, 1, 1),
    )
    kinds = people.UnitKind
    town = people.found_unit(session, kind=kinds.SUBDISTRICT, code="TOWN", name="Town")
    place, _ = (
        people.found_unit(
            session,
            kind=kinds.COMMUNITY,
            code=code,
            name=code,
            parent_id=town.id,
            programme_id=programme.id,
        )
        for code in ("MK", "ELSE")
    )
    for address in ("issued", "expired"):
        open_account(session, programme.id, address, ledger.HOT_END)
    for code in POINTS:
        settle(session, market, code, place)
    for code, (role, scope) in STAFF.items():
        employ(session, market, code, role=people.Role(role), scope=scope)
    association = shops.add_association(
        session, programme_id=programme.id, code="ASSO", name="Association"
    )
    for code, goods in GOODS.items():
        open_shop(session, market, code, goods=goods, association=association, place=place)


def open_account(session: Session, programme_id: int, address: str, place: ledger.Place) -> None:
    ledger.open_account(
        session,
        programme_id=programme_id,
        address=address,
        unit=ledger.Unit.PTS,
        place=place,
        now=BORN,
    )


def settle(session: Session, market: Market, code: str, place: people.Unit) -> None:
    """Register a volunteer with points, a phone, a booklet with the PIN of the tests."""
    newcomer = people.Newcomer(
        code=code,
        age_band="40-49",
        channel="phone",
        name=f"Name of {code}",
        opening_lifetime=LIFETIME[code],
    )
    row = people.register(session, newcomer, community=place, now=BORN)
    assert row.id is not None
    market.pids[code] = passes.bind_phone(session, volunteer_id=row.id, now=BORN).pid
    booklet = passes.Booklet(code, row.community_id, row.id)
    card, printed = passes.draw_card(market.keys, booklet, now=BORN, pin=PIN)
    session.add(card)
    market.cards[code] = printed
    market.tokens[code] = people.open_volunteer_session(
        session, volunteer_id=row.id, now=market.clock.now()
    )
    open_account(session, market.programme_id, f"volunteer:{code}", ledger.WALLET)
    if POINTS[code]:
        award(session, market, code, POINTS[code], key=f"open:{code}")


def award(session: Session, market: Market, code: str, points: int, *, key: str) -> int:
    """Post points to somebody, as service would; return the transfer."""
    reason = ledger.Reason(
        programme_id=market.programme_id,
        key=key,
        actor="system",
        source="test:1",
        occurred_at=BORN,
        business_day=DAY,
        lot_expires_on=EXPIRES,
    )
    legs = (
        ledger.Leg("issued", ledger.Unit.PTS, -points),
        ledger.Leg(f"volunteer:{code}", ledger.Unit.PTS, points),
    )
    return ledger.post(session, reason, kind=ledger.Kind.AWARD, legs=legs, now=BORN).transfer_id


def employ(session: Session, market: Market, code: str, *, role: people.Role, scope: str) -> None:
    """Employ somebody with one office; V0003 is U-SEC's own booklet."""
    own = people.volunteer(session, "V0003").id if code == "U-SEC" else None
    row = people.employ(session, code=code, title=code, volunteer_id=own)
    assert row.id is not None
    people.grant(session, staff_id=row.id, role=role, scope_code=scope)
    market.tokens[code] = people.open_staff_session(
        session, staff_id=row.id, now=market.clock.now()
    )


def open_shop(
    session: Session,
    market: Market,
    code: str,
    *,
    goods: tuple[shops.NewGood, ...],
    association: shops.Association,
    place: people.Unit,
) -> None:
    """Admit a shop and pair its till; the till's token is the shop's code."""
    assert place.id is not None
    admission = shops.Admission(
        code=code,
        name=f"Association·Shop {code}",
        kind="grocer",
        community_id=place.id,
        terms=shops.Terms(8, 2000),
        goods=goods,
        pledge_fen=sum(good.value_fen * good.pledged_qty for good in goods),
    )
    shop = shops.admit(
        session, admission, association=association, actor="system", business_day=DAY, now=BORN
    )
    _, market.tokens[code] = people.pair_device(
        session,
        name=f"Till of {code}",
        paired_by="staff:U-CH",
        now=BORN,
        shop_id=shop.id,
        community_id=place.id,
    )
