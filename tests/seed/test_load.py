"""Loading a data set: whole or not at all, once, and every figure of it."""

import csv
import json
import stat
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from service import activities, ledger, passes, people, programmes, seed, shops
from service.config import Settings
from service.db import Database
from service.ledger import Unit
from tests.seed.files import BARE, FULL, changed, without

FUMIN = (Path(__file__).parents[2] / "deploy/demo/fumin.json").read_text("utf-8")
NOW = datetime(2025, 10, 17, 4, tzinfo=UTC)


@pytest.fixture
def loader(settings: Settings) -> seed.Loader:
    keys = passes.keyring(settings.secret_key, settings.public_url)
    return seed.Loader(keys, NOW, demo=True)


def load(database: Database, loader: seed.Loader, given: object) -> seed.Loaded:
    text = given if isinstance(given, str) else json.dumps(given)
    return seed.load(database, seed.read(text), loader)


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


# ---------------------------------------------------------------------- fumin


def test_fumin_is_loaded_whole_within_five_seconds_of_our_time(database, loader):
    started = time.process_time()
    loaded = load(database, loader, FUMIN)
    assert time.process_time() - started < 5
    assert not loaded.already
    with Session(database.engine) as session:
        assert count(session, people.Volunteer) == 312
        assert count(session, passes.Card) == 605
        assert count(session, passes.Binding) == 264
        assert count(session, shops.Shop) == 36
        assert count(session, shops.Good) == 51
        assert count(session, people.Team) == 11
        assert count(session, people.Staff) == 7 + 36 + 1
        assert count(session, activities.Activity) == 4


def test_the_opening_trial_balance_is_the_scenarios(database, loader):
    load(database, loader, FUMIN)
    given = json.loads(FUMIN)["volunteers"]
    lifetime = sum(row["opening_lifetime"] for row in given)
    balance = sum(row["opening_balance"] for row in given)
    with Session(database.engine) as session:
        assert points(session, "issued") == -lifetime
        assert points(session, "prior-redeemed") == lifetime - balance
        wallets = [f"volunteer:{row['code']}" for row in given]
        found = ledger.balances(session, programme_id=1, addresses=wallets)
        assert sum(found.values()) == balance
        assert found["volunteer:FM0001"] == 185
        fen = ledger.balance(session, programme_id=1, address="pledge:S01", unit=Unit.CNY)
        assert fen == 198000
        fund = ledger.balance(session, programme_id=1, address="fund", unit=Unit.CNY)
        assert fund == -1986000


def points(session: Session, address: str) -> int:
    return ledger.balance(session, programme_id=1, address=address)


def test_opening_points_expire_by_their_month_else_by_the_first_day(database, loader):
    load(database, loader, FUMIN)
    with Session(database.engine) as session:
        old = ledger.lots(session, programme_id=1, address="volunteer:FM0014")
        assert old == [(date(2025, 10, 31), 12)]
        plain = ledger.lots(session, programme_id=1, address="volunteer:FM0001")
        assert plain == [(date(2027, 1, 31), 185)]


def test_signups_and_the_waiting_line_keep_the_order_of_the_file(database, loader):
    load(database, loader, FUMIN)
    asked = (
        select(people.Volunteer.code, activities.Signup.status, activities.Signup.assisted)
        .join(activities.Signup, col(activities.Signup.volunteer_id) == people.Volunteer.id)
        .join(activities.Activity, col(activities.Activity.id) == activities.Signup.activity_id)
        .where(activities.Activity.code == "A1")
        .order_by(col(activities.Signup.turn))
    )
    with Session(database.engine) as session:
        found = session.exec(asked).all()
    first = json.loads(FUMIN)["activities"][0]
    assert [code for code, _, _ in found] == first["signups"] + first["waitlist"]
    assert [status for _, status, _ in found] == ["confirmed"] * 7 + ["waiting"]
    assert {code for code, _, helped in found if helped} == {"FM0003", "FM0016"}


def test_practice_staff_and_booklets_open_with_the_known_words(database, loader):
    loaded = load(database, loader, FUMIN)
    with Session(database.engine) as session:
        for login in ("U-SEC", "S01-OWNER"):
            found = people.authenticate_staff(session, login=login, password="aixin-demo")
            assert found.code == login
        auditor = people.staff(session, "U-STR")
        assert people.roles_of(session, auditor.id) == {("subdistrict_auditor", "XQ")}
        owner = people.staff(session, "S01-OWNER")
        assert people.roles_of(session, owner.id) == {("shop_owner", "S01")}
    pin = passes.check_pin(database, loader.keys, booklet_code="FM0003", pin="0003", at=NOW)
    assert pin.status == "ok"
    card = next(card for card in loaded.cards if card.booklet == "FM0003")
    seen = passes.resolve(database, loader.keys, card.url, at=NOW)
    assert (seen.code, seen.status) == ("FM0003", "ok")
    assert len(card.url) <= 42
    blank = next(card for card in loaded.cards if card.booklet == "GZ0293")
    assert isinstance(passes.resolve(database, loader.keys, blank.url, at=NOW), passes.Unreadable)


def test_without_demo_nobody_can_sign_in_and_pins_are_random(database, loader):
    loaded = seed.load(database, seed.read(FUMIN), seed.Loader(loader.keys, NOW))
    with Session(database.engine) as session, pytest.raises(people.WrongSignIn):
        people.authenticate_staff(session, login="U-SEC", password="aixin-demo")
    assert len({card.pin for card in loaded.cards}) > 100


# ------------------------------------------------------------- other data sets


def test_a_bare_file_is_loaded(database, loader):
    loaded = load(database, loader, BARE)
    assert (loaded.programme, len(loaded.cards)) == ("QT", 1)
    rules = programmes.rule_set(database, 1, date(2024, 3, 1))
    assert (rules.code, rules.day_cap > 10**6) == ("QT-1", True)


def test_a_full_file_is_loaded_where_it_says(database, loader):
    loaded = load(database, loader, FULL)
    assert sorted(card.booklet for card in loaded.cards) == [
        "EA0001", "EA0002", "EA0003", "EA0004", "WE0001", "WE0002",
    ]  # fmt: skip
    with Session(database.engine) as session:
        east, west = people.unit(session, "EA"), people.unit(session, "WE")
        assert shops.shop(session, "S1").community_id == west.id
        assert shops.shop(session, "S2").community_id == east.id
        for unit in (east, west):
            assert people.team(session, community_id=unit.id, code="T1") is not None
        minor = people.volunteer(session, "EA0002")
        assert minor.guardian_id == people.volunteer(session, "EA0001").id
        assert not minor.adult
        assert people.volunteer(session, "EA0001").opening_minutes == 270
        assert people.volunteer(session, "WE0001").opening_lifetime == 7
        night = activities.activity(session, "A1")
        assert night.ends_at - night.starts_at == timedelta(hours=3)
        assert night.business_day == date(2024, 3, 9)


def test_each_lot_of_an_opening_balance_has_its_own_day(database, loader):
    load(database, loader, FULL)
    with Session(database.engine) as session:
        found = ledger.lots(session, programme_id=1, address="volunteer:EA0001")
        assert found == [
            (date(2025, 1, 31), 10),
            (date(2026, 2, 28), 20),
        ]
        assert points(session, "issued") == -57
        assert points(session, "prior-redeemed") == 20


@pytest.mark.parametrize(
    "given",
    [
        without("/shops"),
        without("/org/district"),
        without("/org/associations", without("/shops/0/association")),
        without("/booklets"),
        without("/teams", without("/volunteers/0/team", without("/volunteers/2/team"))),
        without("/activities"),
        without("/staff"),
        changed("/org/association", {"id": "ONE", "name": "One"}),
        changed("/activities/0/posts", [{"name": "Broom", "capacity": 3, "rule": "R1"}]),
        changed("/activity_templates/0/rule", "ZERO"),
        changed("/volunteers/0/opening_lifetime", None),
        changed("/volunteers/0/qualification", "执业医师(已核验)"),
        changed("/rules/effective_to", "2030-12-31"),
        changed("/shops/0/discount", None),
        changed("/staff/0/id", "S1-OWNER"),
        changed("/activities/0/end", "24:00"),
        changed("/volunteers/2/age_band", "80+"),
        changed("/rules/caps", {"points_per_day": 10}),
    ],
)
def test_files_that_leave_out_or_add_what_they_may_are_loaded(database, loader, given):
    assert not load(database, loader, given).already


# --------------------------------------------------------------- once or never


def everything(admin, tables: str) -> list[str]:
    return [
        str(admin.execute(f"SELECT {name}::text FROM {name} ORDER BY 1".encode()).fetchall())
        for name in (
            one.strip().split(".")[-1] for one in tables.split(",") if "identity" not in one
        )
    ]


def test_loading_twice_changes_nothing_and_says_so(database, loader, admin, tables):
    load(database, loader, FULL)
    before = everything(admin, tables)
    again = load(database, loader, FULL)
    assert again.already
    assert again.cards == []
    assert again.counts["volunteers"] == 3
    assert everything(admin, tables) == before


def test_the_same_file_written_in_another_order_is_the_same(database, loader):
    load(database, loader, FULL)
    assert load(database, loader, dict(reversed(FULL.items()))).already


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        (changed("/volunteers/2/opening_balance", 8), "/volunteers/WE0001", "differs"),
        (changed("/rules/caps", {"points_per_day": 1}), "/rules", "differs"),
        (
            changed("/staff", [*FULL["staff"], {"id": "NEW", "role": "second_approver"}]),
            "/staff/NEW",
            "was not in",
        ),
        (without("/activities"), "/activities/A1", "was in"),
    ],
)
def test_a_changed_file_is_refused_with_what_differs(
    database, loader, admin, tables, given, where, said
):
    load(database, loader, FULL)
    before = everything(admin, tables)
    with pytest.raises(seed.Refused) as caught:
        load(database, loader, given)
    assert [fault.pointer for fault in caught.value.faults] == [where]
    assert said in caught.value.faults[0].message
    assert everything(admin, tables) == before


def test_a_second_programme_may_not_take_the_firsts_codes(database, loader, admin, tables):
    load(database, loader, FULL)
    before = everything(admin, tables)
    with pytest.raises(seed.Refused, match="taken"):
        load(database, loader, changed("/org/subdistrict/id", "OTHER"))
    assert everything(admin, tables) == before


def test_the_cards_file_is_for_its_owner_only(tmp_path, database, loader):
    path = tmp_path / "cards.csv"
    loaded = load(database, loader, FULL)
    seed.write_cards(path, loaded.cards)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0].keys() == {"booklet", "url", "number", "pin"}
    assert {row["pin"] for row in rows if row["booklet"] == "EA0001"} == {"0001"}


def test_practice_sign_ins_are_one_of_each_office_and_the_volunteers(database, loader):
    load(database, loader, FUMIN)
    found = {one.role: one for one in database.atomic(seed.sign_ins)}
    assert found["community_secretary"].name == "U-SEC"
    assert found["shop_owner"].name == "S01-OWNER"
    assert found["activity leader"] == seed.SignIn("activity leader", "FM0012", "0012")
    card = found["volunteer with a card"]
    pin = passes.check_pin(database, loader.keys, booklet_code=card.name, pin=card.secret, at=NOW)
    assert pin.status == "ok"
