"""Bad input: each is refused by a refusal of its own, and leaves every table as it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlmodel import Session

from service import ledger
from service.errors import KeyReused, Refusal
from service.ledger import Kind, Leg, Posted, Unit
from service.proof import SigningKey
from tests.ledger.conftest import LATE, NOW, PROGRAMME, Books
from tests.ledger.invariants import Snapshots, broken
from tests.ledger.model import Call
from tests.ledger.variants import changed

A, B, POT, SHOP = "volunteer:FM0001", "volunteer:FM0002", "pot", "pledge:S01"
PTS, CNY = Unit.PTS, Unit.CNY
LARGEST = 10**15
HOUR = timedelta(hours=1)
ORIGIN = "aixin.example/ledger"
SIGNERS = [SigningKey.generate(ORIGIN)]


@dataclass
class World:
    """Books in which everything has happened once, and the ids of what happened."""

    books: Books
    snapshots: Snapshots
    made: dict[str, int]
    calls: dict[str, Call]

    def send(self, call: Call, now: datetime = NOW) -> Posted:
        verb = getattr(ledger, call.verb)
        return self.run(lambda s: verb(s, call.reason, now=now, **call.given))

    def run(self, work: Callable[[Session], Any]) -> Any:
        return self.books.database.atomic(work)

    def call(self, verb: str, key: str = "bad", **given: Any) -> Call:
        """Build a call; what is a field of its reason goes there."""
        fields = {name: given.pop(name) for name in REASON_FIELDS & given.keys()}
        reason = self.books.reason(key, **{"lot_expires_on": LATE, **fields})
        return Call(verb, reason, {**DEFAULTS.get(verb, {}), **given})

    def refused(self, refusal: type[Refusal], work: Callable[[], Any], label: object = "") -> None:
        """See work refused by exactly this refusal, every table byte for byte as before."""
        before = self.snapshots.take()
        told: type[Refusal] | None = None
        try:
            work()
        except Refusal as found:
            told = type(found)
        assert told is refusal, label
        assert self.snapshots.take() == before, label

    def refuses(self, refusal: type[Refusal], *calls: Call, label: object = "") -> None:
        """See each of these calls refused so."""
        for call in calls:
            self.refused(refusal, lambda call=call: self.send(call), (label, call))  # type: ignore[misc]


REASON_FIELDS = {
    "programme_id", "actor", "source", "occurred_at", "business_day", "lot_expires_on",
    "effective_on", "memo",
}  # fmt: skip
DEFAULTS: dict[str, dict[str, Any]] = {
    "post": {"kind": Kind.ADJUST, "may_owe": False},
    "reverse": {"kind": Kind.REVERSE},
    "capture": {"kind": Kind.PLEDGE, "legs": None},
    "release": {"expired": False},
    "hold": {"expires_at": NOW + HOUR},
}


def pair(source: str, target: str, points: int) -> tuple[Leg, ...]:
    return (Leg(source, PTS, -points), Leg(target, PTS, points))


@pytest.fixture
def world(books: Books, admin: psycopg.Connection) -> Iterator[World]:
    """Two programmes; posted, held, captured, released, expired, reversed, closed and sealed."""
    found = World(books, Snapshots(admin), {}, {})
    for programme, address, place in [
        (1, POT, ledger.Place(floor=-50)), (1, "closed", ledger.Place()),
        (1, "closed-sink", ledger.HOT_END), (2, A, ledger.WALLET), (2, "issued", ledger.HOT_END),
    ]:  # fmt: skip
        open_account(found, programme, address, place)
    for name, call in history(found):
        found.calls[name] = call(found.made)
        found.made[name] = found.send(found.calls[name]).transfer_id
    for address in ("closed", "closed-sink"):
        close_account(found, address)
    at = {"programme_id": PROGRAMME, "month": date(2025, 9, 1), "actor": "staff:1", "now": NOW}
    found.run(lambda s: ledger.close_period(s, **at))
    found.run(lambda s: ledger.seal(s, signers=SIGNERS, origin=ORIGIN, now=NOW, limit=4))
    yield found
    assert broken(admin) == []


def open_account(world: World, programme: int, address: str, place: ledger.Place) -> None:
    asked = {"programme_id": programme, "address": address, "unit": PTS, "place": place}
    world.run(lambda s: ledger.open_account(s, now=NOW, **asked))


def close_account(world: World, address: str, unit: Unit = PTS) -> None:
    asked = {"programme_id": PROGRAMME, "address": address, "unit": unit}
    world.run(lambda s: ledger.close_account(s, now=NOW, **asked))


def history(world: World) -> list[tuple[str, Callable[[dict[str, int]], Call]]]:
    """Return what happens first, by name; a later call may name an earlier one's transfer."""
    call = world.call
    held, four, one = (pair(A, "issued", points) for points in (10, 4, 1))
    return [
        ("award", lambda _: call("post", "award", kind=Kind.AWARD, legs=pair("issued", A, 100))),
        ("other", lambda _: call("post", "other", programme_id=2, legs=pair("issued", A, 7))),
        ("spent", lambda _: call("post", "spent", legs=pair(A, "redeemed:S01", 5))),
        ("reversed", lambda m: call("reverse", "reversed", transfer_id=m["spent"])),
        ("hold", lambda _: call("hold", "hold", legs=held, memo={"note": "积分"})),
        ("short", lambda _: call("hold", "short", legs=held, expires_at=NOW + HOUR / 2)),
        ("otherhold", lambda _: call("hold", "otherhold", programme_id=2, legs=one)),
        ("tocapture", lambda _: call("hold", "tocapture", legs=held)),
        ("captured", lambda m: call("capture", "captured", hold_id=m["tocapture"])),
        ("part", lambda _: call("hold", "part", legs=held)),
        ("partly", lambda m: call("capture", "partly", hold_id=m["part"], legs=four)),
        ("torelease", lambda _: call("hold", "torelease", legs=held)),
        ("released", lambda m: call("release", "released", hold_id=m["torelease"])),
    ]  # fmt: skip


# ---------------------------------------------------------------- legs

LEGS: dict[str, tuple[type[Refusal], tuple[Leg, ...]]] = {
    "none at all": (ledger.Unbalanced, ()),
    "one leg": (ledger.Unbalanced, (Leg(A, PTS, -5),)),
    "too little comes in": (ledger.Unbalanced, (Leg(A, PTS, -5), Leg(B, PTS, 4))),
    "both give": (ledger.Unbalanced, (Leg(A, PTS, -5), Leg(B, PTS, -5))),
    "nothing moves": (ledger.Unbalanced, (Leg(A, PTS, 0), Leg(B, PTS, 0))),
    "one leg of three moves nothing": (ledger.Unbalanced, (*pair(A, B, 5), Leg(POT, PTS, 0))),
    "one account": (ledger.Unbalanced, pair(A, A, 5)),
    "one account twice of three": (ledger.Unbalanced, (*pair(A, B, 5), *pair(A, POT, 1))),
    "across units": (ledger.Unbalanced, (Leg(A, PTS, -5), Leg(SHOP, CNY, 5))),
    "each unit uneven": (
        ledger.Unbalanced, (*pair(A, B, 5), Leg(SHOP, CNY, 2), Leg("fund", CNY, -1)),
    ),
    "nobody": (ledger.UnknownAccount, pair(A, "nobody", 5)),
    "an account of the other unit": (ledger.UnknownAccount, (Leg(A, CNY, -5), Leg(SHOP, CNY, 5))),
    "an award in yuan": (ledger.UnknownAccount, (Leg("issued", CNY, -5), Leg(A, CNY, 5))),
    "a closed account": (ledger.ClosedAccount, pair(A, "closed", 5)),
    "a closed sink": (ledger.ClosedAccount, pair(A, "closed-sink", 5)),
    "a wallet that has less": (ledger.InsufficientPoints, pair(A, B, 77)),
    "a wallet that has nothing": (ledger.InsufficientPoints, pair(B, A, 1)),
    "a pot below its floor": (ledger.InsufficientPoints, pair(POT, A, 51)),
    "just too large": (ledger.AmountTooLarge, pair("issued", A, LARGEST + 1)),
    "63 bits": (ledger.AmountTooLarge, pair("issued", A, 2**63 - 1)),
    "64 bits": (ledger.AmountTooLarge, pair("issued", A, 2**63)),
    "a hundred digits": (ledger.AmountTooLarge, pair("issued", A, 10**100)),
    "a sum beyond 64 bits": (
        ledger.AmountTooLarge,
        (Leg("issued", PTS, -(2**63)), Leg(A, PTS, 2**62), Leg(B, PTS, 2**62)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["post", "hold"])
def test_what_is_no_transfer_is_neither_posted_nor_held(world: World, verb: str) -> None:
    for name, (refusal, legs) in LEGS.items():
        calls = world.call(verb, legs=legs), world.call(verb, legs=legs[::-1])
        world.refuses(refusal, *calls, label=name)


def test_one_bad_credit_refuses_the_whole_batch(world: World) -> None:
    for points in (0, -1):
        world.refused(ledger.Unbalanced, lambda n=points: credit(world, (A, 5), (B, n)))
    for points in (LARGEST + 1, 2**63, 2**70):
        world.refused(ledger.AmountTooLarge, lambda n=points: credit(world, (A, 5), (B, n)))
    world.refused(ledger.UnknownAccount, lambda: credit(world, (A, 5), ("nobody", 5)))
    world.refused(ledger.ClosedAccount, lambda: credit(world, (A, 5), ("closed", 5)))


def test_a_credit_with_a_used_key_refuses_the_whole_batch(world: World) -> None:
    world.refused(KeyReused, lambda: credit(world, (B, 5), (A, 99), keys=("new", "award")))
    world.refused(KeyReused, lambda: credit(world, (A, 5), (B, 5), keys=("new", "new")))


def credit(world: World, *lines: tuple[str, int], keys: tuple[str, ...] = ("c:1", "c:2")) -> Any:
    lines_given = [
        ledger.Credit(world.books.reason(key, lot_expires_on=LATE), address, points)
        for key, (address, points) in zip(keys, lines, strict=True)
    ]
    asked = {"kind": Kind.AWARD, "giver": "issued", "now": NOW}
    return world.run(lambda s: ledger.credit_many(s, lines_given, **asked))


def test_points_for_a_wallet_need_the_day_they_expire(world: World) -> None:
    bad = world.call("post", legs=pair("issued", A, 5), lot_expires_on=None)
    world.refused(ledger.Unbalanced, lambda: world.send(bad))


def test_a_balance_never_outgrows_its_column(world: World) -> None:
    open_account(world, 1, "vault", ledger.Place())
    with world.snapshots.admin.transaction():
        fill = "UPDATE ledger_accounts SET posted = %s WHERE address = 'vault'"
        world.snapshots.admin.execute(fill, [2**63 - 10])
        bad = world.call("post", legs=pair("issued", "vault", 11))
    world.refused(ledger.AmountTooLarge, lambda: world.send(bad))
    world.snapshots.admin.execute(fill, [0])


def test_nothing_is_called_what_it_is_not(world: World) -> None:
    hold, award = world.made["hold"], world.made["award"]
    for kind in (Kind.REVERSE, Kind.VOID, Kind.HOLD, Kind.RELEASE):
        world.refuses(
            ledger.Unbalanced,
            world.call("post", kind=kind, legs=pair(A, B, 5)),
            world.call("capture", kind=kind, hold_id=hold),
        )
    for kind in (Kind.AWARD, Kind.HOLD, Kind.RELEASE):
        world.refuses(ledger.Unbalanced, world.call("reverse", kind=kind, transfer_id=award))


# ---------------------------------------------------------------- what a call rests on


def test_what_cannot_be_reversed(world: World) -> None:
    for of in ("nothing", "other", "reversed", "hold", "released"):  # other: another programme's
        bad = world.call("reverse", transfer_id=world.made.get(of, 999_999))
        world.refuses(ledger.NotReversible, bad, label=of)
    again = world.call("reverse", transfer_id=world.made["spent"])
    world.refuses(ledger.AlreadyReversed, again)


def test_a_reversal_that_a_closed_account_would_have_to_take(world: World) -> None:
    open_account(world, 1, "stand", ledger.Place())
    there = world.send(world.call("post", "there", legs=pair("issued", "stand", 3)))
    world.send(world.call("post", "back", legs=pair("stand", "issued", 3)))
    close_account(world, "stand")
    bad = world.call("reverse", transfer_id=there.transfer_id)
    world.refused(ledger.ClosedAccount, lambda: world.send(bad))


def test_a_reversal_that_would_break_a_floor_which_is_no_wallets(world: World) -> None:
    given = world.send(world.call("post", "given", legs=pair("issued", POT, 30)))
    world.send(world.call("post", "taken", legs=pair(POT, "issued", 60)))
    bad = world.call("reverse", transfer_id=given.transfer_id)
    world.refused(ledger.InsufficientPoints, lambda: world.send(bad))


@pytest.mark.parametrize("verb", ["capture", "release"])
def test_a_hold_that_is_not_there_to_be_settled(world: World, verb: str) -> None:
    for of in ("nothing", "otherhold", "award", "released"):
        bad = world.call(verb, hold_id=world.made.get(of, 999_999))
        world.refuses(ledger.UnknownHold, bad, label=of)
    for of in ("tocapture", "part", "torelease"):
        world.refuses(ledger.HoldResolved, world.call(verb, hold_id=world.made[of]), label=of)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=9)])
def test_a_hold_is_captured_before_its_time_is_over_and_expires_then(
    world: World, late: timedelta
) -> None:
    over = NOW + HOUR / 2
    bad = world.call("capture", hold_id=world.made["short"])
    world.refused(ledger.HoldExpired, lambda: world.send(bad, over + late))
    early = world.call("release", hold_id=world.made["short"], expired=True)
    just = over - timedelta(microseconds=1)
    world.refused(ledger.HoldNotOver, lambda: world.send(early, just))
    before = world.snapshots.take()
    at = {"programme_id": PROGRAMME, "now": just}
    assert world.run(lambda s: ledger.expire_holds(s, **at)) == 0
    assert world.snapshots.take() == before
    assert not world.send(early, over + late).replayed


def test_the_moment_before_its_end_a_hold_is_captured(world: World) -> None:
    good = world.call("capture", hold_id=world.made["short"])
    assert not world.send(good, NOW + HOUR / 2 - timedelta(microseconds=1)).replayed


def test_a_hold_that_is_over_before_it_begins(world: World) -> None:
    for span in (timedelta(0), -HOUR):
        bad = world.call("hold", legs=pair(A, B, 1), expires_at=NOW + span)
        world.refuses(ledger.HoldExpired, bad, label=span)


def test_a_capture_takes_what_was_held_and_nothing_else(world: World) -> None:
    beyond = [
        pair(A, "issued", 11),
        pair("issued", A, 10),
        pair(A, B, 10),
        pair(A, "nobody", 10),
        (*pair(A, "issued", 5), *pair(POT, B, 1)),
        (*pair(A, "issued", 5), Leg(SHOP, CNY, -1), Leg("fund", CNY, 1)),
    ]
    unbalanced = [(), pair(A, "issued", 0), (Leg(A, PTS, -5), Leg("issued", PTS, 4))]
    large = [pair(A, "issued", 2**64), pair(A, "issued", LARGEST + 1)]
    for refusal, among in [
        (ledger.CaptureTooMuch, beyond),
        (ledger.Unbalanced, unbalanced),
        (ledger.AmountTooLarge, large),
    ]:
        calls = [world.call("capture", hold_id=world.made["hold"], legs=legs) for legs in among]
        world.refuses(refusal, *calls)


def test_what_is_held_cannot_be_spent_or_held_again(world: World) -> None:
    free = world.books.balance(A) - 20
    world.refused(
        ledger.InsufficientPoints, lambda: world.send(world.call("post", legs=pair(A, B, free + 1)))
    )
    world.refused(
        ledger.InsufficientPoints, lambda: world.send(world.call("hold", legs=pair(A, B, free + 1)))
    )
    assert not world.send(world.call("hold", "rest", legs=pair(A, B, free))).replayed


# ---------------------------------------------------------------- programmes


def test_another_programme_has_nothing_of_ours(world: World) -> None:
    legs = pair("issued", A, 1)
    ours = [
        (ledger.UnknownAccount, "post", {"legs": legs}),
        (ledger.UnknownAccount, "hold", {"legs": legs}),
        (ledger.NotReversible, "reverse", {"transfer_id": world.made["award"]}),
        (ledger.UnknownHold, "capture", {"hold_id": world.made["hold"]}),
        (ledger.UnknownHold, "release", {"hold_id": world.made["hold"]}),
    ]
    for refusal, verb, given in ours:
        world.refuses(refusal, world.call(verb, programme_id=3, **given))


def test_a_transfer_does_not_cross_programmes(world: World) -> None:
    bad = world.call("post", programme_id=2, legs=pair(A, B, 1))  # B is the first programme's
    world.refused(ledger.UnknownAccount, lambda: world.send(bad))


def test_the_same_key_in_another_programme_is_another_key(world: World) -> None:
    again = world.call("post", "award", programme_id=2, legs=pair("issued", A, 1))
    assert not world.send(again).replayed


# ---------------------------------------------------------------- keys

KEYS = ["award", "reversed", "hold", "captured", "partly", "released", "short"]


@pytest.mark.parametrize("name", KEYS)
def test_a_key_with_any_one_field_changed_is_refused(world: World, name: str) -> None:
    others = changed(world.calls[name])
    assert len(others) >= 9
    for label, call in others:
        world.refuses(KeyReused, call, label=label)


def test_a_key_belongs_to_the_call_that_first_used_it(world: World) -> None:
    legs = pair("issued", A, 1)
    for name in KEYS:
        others = [
            world.call("post", name, legs=legs),
            world.call("hold", name, legs=legs),
            world.call("reverse", name, transfer_id=world.made["spent"], source="another"),
            world.call("reverse", name, transfer_id=999_999),
            world.call("capture", name, hold_id=world.made["tocapture"], source="another"),
            world.call("release", name, hold_id=999_999),
            world.call("post", name, legs=()),
            world.call("post", name, legs=pair("closed", "nobody", 10**6)),
            world.call("post", name, legs=legs, effective_on=date(2025, 9, 1)),
            world.call("hold", name, legs=legs, expires_at=NOW - HOUR),
        ]
        world.refuses(KeyReused, *others, label=name)


def test_a_retry_is_answered_whatever_has_happened_since(world: World) -> None:
    """Long after the hold's end, in a closed month, by a clock in another zone."""
    at = {"programme_id": PROGRAMME, "month": date(2025, 11, 1), "actor": "staff:1"}
    later = NOW + timedelta(days=60)
    world.run(lambda s: ledger.close_period(s, now=later, **at))
    before = world.snapshots.take()
    for name, call in world.calls.items():
        assert world.send(call, later) == Posted(world.made[name], True)
        elsewhere = call.reason.occurred_at.astimezone(ZoneInfo("Asia/Shanghai"))
        again = replace(call, reason=replace(call.reason, occurred_at=elsewhere))
        assert world.send(again) == Posted(world.made[name], True)
    assert world.snapshots.take() == before


def test_a_batch_is_answered_again_after_its_wallet_was_closed(world: World) -> None:
    open_account(world, 1, "volunteer:gone", ledger.WALLET)
    first = credit(world, ("volunteer:gone", 5), (B, 5))
    world.send(world.call("post", "empty", legs=pair("volunteer:gone", B, 5)))
    close_account(world, "volunteer:gone")
    before = world.snapshots.take()
    again = credit(world, ("volunteer:gone", 5), (B, 5))
    assert again == [Posted(one.transfer_id, True) for one in first]
    assert world.snapshots.take() == before


# ---------------------------------------------------------------- days


def test_a_day_in_a_closed_month_or_in_the_gap_before_it(world: World) -> None:
    legs = pair("issued", A, 1)
    for day in (date(2025, 9, 30), date(2025, 9, 1), date(2025, 3, 3)):
        world.refuses(
            ledger.PeriodClosed,
            world.call("post", legs=legs, effective_on=day),
            world.call("reverse", transfer_id=world.made["award"], effective_on=day),
            world.call("capture", hold_id=world.made["hold"], effective_on=day),
        )
        late = world.send(world.call("post", f"late:{day}", legs=legs, business_day=day))
        row = world.books.database.call(
            "SELECT business_day, effective_on FROM ledger_transfers WHERE id = %(id)s",
            {"id": late.transfer_id},
        )
        assert row == {"business_day": day, "effective_on": date(2025, 10, 1)}


def test_a_credit_never_counts_for_a_closed_day(world: World) -> None:
    reason = world.books.reason("c:1", lot_expires_on=LATE, effective_on=date(2025, 9, 1))
    asked = {"kind": Kind.AWARD, "giver": "issued", "now": NOW}
    before = world.snapshots.take()
    with pytest.raises((ledger.PeriodClosed, ValueError)):
        world.run(lambda s: ledger.credit_many(s, [ledger.Credit(reason, A, 5)], **asked))
    assert world.snapshots.take() == before


def test_a_month_that_cannot_be_closed(world: World) -> None:
    months = {
        date(2025, 8, 1): ledger.PeriodClosed,  # in the gap: a later one was closed first
        date(2025, 10, 1): ledger.PeriodNotOver,
        date(2026, 1, 1): ledger.PeriodNotOver,
    }
    for month, refusal in months.items():
        at = {"programme_id": PROGRAMME, "month": month, "actor": "staff:1", "now": NOW}
        close = partial(ledger.close_period, **at)
        world.refused(refusal, lambda close=close: world.run(close), month)


def test_closing_a_month_or_an_account_again_changes_nothing(world: World) -> None:
    before = world.snapshots.take()
    at = {"programme_id": PROGRAMME, "month": date(2025, 9, 9), "actor": "staff:2", "now": NOW}
    world.run(lambda s: ledger.close_period(s, **at))
    close_account(world, "closed")
    close_account(world, "closed-sink")
    assert world.snapshots.take() == before


def test_a_month_that_cannot_be_sealed(world: World) -> None:
    for month in (date(2025, 8, 1), date(2025, 10, 1)):
        at = {"programme_id": PROGRAMME, "month": month, "now": NOW}
        seal = partial(ledger.seal_period, signers=SIGNERS, origin=ORIGIN, **at)
        world.refused(ledger.PeriodNotClosing, lambda seal=seal: world.run(seal), month)


def test_a_strangers_key_seals_nothing(world: World) -> None:
    stranger = {"signers": [SigningKey.generate(ORIGIN)], "origin": ORIGIN, "now": NOW}
    world.refused(ledger.UnknownSigner, lambda: world.run(lambda s: ledger.seal(s, **stranger)))


# ---------------------------------------------------------------- accounts


def test_an_account_that_cannot_be_closed(world: World) -> None:
    wrong = [
        ("nobody", PTS, ledger.UnknownAccount),
        ("closed", CNY, ledger.UnknownAccount),
        (A, PTS, ledger.AccountNotEmpty),
        ("issued", PTS, ledger.AccountNotEmpty),  # a hold would end there
    ]
    for address, unit, refusal in wrong:
        close = partial(close_account, world, address, unit)
        world.refused(refusal, close, address)


def test_an_account_that_only_holds_something_is_not_empty(world: World) -> None:
    world.send(world.call("hold", "in", legs=pair(A, B, 1)))
    assert world.books.balance(B) == 0
    world.refused(ledger.AccountNotEmpty, lambda: close_account(world, B))


def test_a_wallet_in_debt_gives_nothing_and_takes_everything(world: World) -> None:
    world.send(world.call("post", "owed", legs=pair(B, "issued", 9), may_owe=True))
    world.refused(
        ledger.InsufficientPoints, lambda: world.send(world.call("post", legs=pair(B, A, 1)))
    )
    assert not world.send(world.call("post", "paid", legs=pair("issued", B, 5))).replayed
    world.refused(
        ledger.InsufficientPoints, lambda: world.send(world.call("hold", legs=pair(B, A, 1)))
    )


def test_only_a_wallet_may_owe(world: World) -> None:
    bad = world.call("post", legs=pair(POT, A, 51), may_owe=True)
    world.refused(ledger.InsufficientPoints, lambda: world.send(bad))
