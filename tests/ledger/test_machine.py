"""Random histories of the whole ledger, each step against the model.

Short by default. `LEDGER_MACHINE=200x40` runs 200 histories of 40 steps, new ones every time;
`LEDGER_SHRINK=1` looks for the shortest history that fails, which takes minutes.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import wraps
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from service import ledger
from service.db import Database
from service.ledger import Kind, Leg, Reason
from service.proof import SigningKey
from tests.ledger.conftest import NOW
from tests.ledger.model import Account, Call, Spot
from tests.ledger.subject import Subject
from tests.ledger.variants import changed
from tests.ledger.wishes import (
    AROUND,
    CNY,
    EVERY,
    FIRST,
    LATER,
    NOBODY,
    PARTS,
    PTS,
    SPANS,
    TICKS,
    Move,
    Wish,
    moves,
    picks,
    wishes,
)

HISTORIES, STEPS = map(int, os.environ.get("LEDGER_MACHINE", "40x30").split("x"))
ORIGIN = "aixin.example/ledger"
SIGNERS = [SigningKey.generate(ORIGIN)]
Step = Callable[..., None]


def seldom(step: Step) -> Step:
    """Keep a step to a small part of a history, however much Hypothesis likes it."""
    name = step.__name__

    @wraps(step)
    def counted(self: "Histories", **drawn: Any) -> None:
        self.turns[name] += 1
        step(self, **drawn)

    return precondition(lambda self: self.turns[name] * 9 <= self.serial)(counted)


class Histories(RuleBasedStateMachine):
    """What can happen to a ledger, in any order."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject, self.model = subject, subject.model
        self.calls: list[Call] = []  # accepted or not
        self.serial = 0
        self.turns: Counter[str] = Counter()

    @initialize()
    def begin(self) -> None:
        for spot in FIRST:
            self.open_account(spot=spot)
        self.turns.clear()
        for number, (who, points) in enumerate([("A", 30), ("A", 20), ("B", 10), ("C", 25)]):
            self.award(wish=Wish(1, 0, AROUND[number], None, {}), who=who, amount=points)

    # ---- accounts

    @rule(spot=st.sampled_from([*EVERY]))
    @seldom
    def open_account(self, spot: Spot) -> None:
        programme, address, unit = spot
        asked = {"programme_id": programme, "address": address, "unit": unit, "place": EVERY[spot]}
        self.subject.atomic(lambda s: ledger.open_account(s, now=self.subject.now, **asked))
        self.model.open_account(spot, EVERY[spot])

    @rule(pick=picks)
    @seldom
    def close_account(self, pick: int) -> None:
        closing = [*LATER, (1, "pot", PTS), (1, "volunteer:B", PTS)]
        known = [spot for spot in closing if spot in self.model.accounts]
        spot = known[pick % len(known)] if pick % 9 != 8 else NOBODY
        programme, address, unit = spot
        asked = {"programme_id": programme, "address": address, "unit": unit}
        faults = set(self.model.against_closing(spot))
        self.subject.judged(
            "close_account",
            faults,
            lambda: self.subject.atomic(
                lambda s: ledger.close_account(s, now=self.subject.now, **asked)
            ),
        )
        if not faults:
            self.model.accounts[spot].closed = True

    # ---- calls

    @rule(wish=wishes, who=st.sampled_from("AAAABBBCCD"), amount=st.sampled_from(range(1, 61)))
    def award(self, wish: Wish, who: str, amount: int) -> None:
        legs = (Leg("issued", PTS, -amount), Leg(f"volunteer:{who}", PTS, amount))
        self.send("post", wish, kind=Kind.AWARD, legs=legs, may_owe=False)

    @rule(wish=wishes, move=moves, may_owe=st.booleans())
    def post(self, wish: Wish, move: Move, may_owe: bool) -> None:
        self.send("post", wish, kind=Kind.ADJUST, legs=self.legs(wish, [move]), may_owe=may_owe)

    @rule(
        batch=st.lists(st.tuples(wishes, st.sampled_from("AABBCDE"), picks), min_size=1, max_size=4)
    )
    def credit_many(self, batch: list[tuple[Wish, str, int]]) -> None:
        """Credit many in one call: new keys, one of them twice, and some that were used before."""
        calls = [self.credit(*line) for line in batch]
        if batch[0][2] % 3 == 2:
            calls.append(calls[0])
        lines = [
            ledger.Credit(c.reason, c.given["legs"][1].address, c.given["legs"][1].amount)
            for c in calls
        ]
        self.subject.attempt_all(
            calls,
            lambda s: ledger.credit_many(
                s, lines, kind=Kind.AWARD, giver="issued", now=self.subject.now
            ),
        )

    def send_capture(self, wish: Wish, hold: int, part: str | None) -> None:
        legs = None if part is None or hold not in self.model.transfers else self.part(hold, part)
        self.send("capture", wish, hold_id=hold, kind=Kind.PLEDGE, legs=legs)

    def credit(self, wish: Wish, who: str, pick: int) -> Call:
        known = [
            made.call
            for made in self.model.transfers.values()
            if made.kind is Kind.AWARD and made.programme_id == 1
        ]
        if known and pick % 4 == 3:
            return known[pick % len(known)]
        points = pick % 40 + (pick % 25 < 24)
        legs = (Leg("issued", PTS, -points), Leg(f"volunteer:{who}", PTS, points))
        wish = replace(wish, programme_id=1, effective_on=None)
        return self.call("post", wish, kind=Kind.AWARD, legs=legs, may_owe=False)

    @rule(wish=wishes, move=moves, fen=st.sampled_from(range(1, 10)))
    def redeem(self, wish: Wish, move: Move, fen: int) -> None:
        yuan = (Leg("fund", CNY, -fen), Leg("shop", CNY, fen))
        legs = self.legs(wish, [replace(move, takers=move.takers[:1])]) + yuan
        self.send("post", wish, kind=Kind.REDEEM, legs=legs, may_owe=False)

    @rule(
        wish=wishes,
        legs=st.lists(st.tuples(st.sampled_from([*EVERY, NOBODY]), st.integers(-3, 3)), max_size=4),
    )
    @seldom
    def post_anything(self, wish: Wish, legs: list[tuple[Spot, int]]) -> None:
        given = tuple(Leg(address, unit, amount) for (_, address, unit), amount in legs)
        self.send("post", wish, kind=Kind.OPEN, legs=given, may_owe=False)

    @rule(wish=wishes, pick=picks, kind=st.sampled_from([Kind.REVERSE, Kind.VOID]))
    def reverse(self, wish: Wish, pick: int, kind: Kind) -> None:
        known = [*self.model.transfers]
        found = known[pick % len(known)] if known and pick % 20 != 19 else pick + 9_000
        wish = replace(wish, programme_id=2 if pick % 15 == 1 else self.programme_of(found))
        self.send("reverse", wish, transfer_id=found, kind=kind)

    @rule(wish=wishes, move=moves, span=st.sampled_from(SPANS))
    def hold(self, wish: Wish, move: Move, span: timedelta) -> None:
        legs = self.legs(wish, [move])
        self.send("hold", wish, legs=legs, expires_at=self.subject.now + span)

    @rule(wish=wishes, amount=st.sampled_from(range(1, 21)), span=st.sampled_from(SPANS[-2:]))
    def hold_points(self, wish: Wish, amount: int, span: timedelta) -> None:
        legs = (Leg("volunteer:A", PTS, -amount), Leg("shop", PTS, amount - amount // 3))
        legs += (Leg("redeemed", PTS, amount // 3),) if amount // 3 else ()
        wish = replace(wish, programme_id=1)
        self.send("hold", wish, legs=legs, expires_at=self.subject.now + span)

    @rule(
        wish=wishes, amount=st.sampled_from(range(1, 13)), part=st.sampled_from(PARTS), pick=picks
    )
    def hold_and_settle(self, wish: Wish, amount: int, part: str | None, pick: int) -> None:
        """Hold points, settle the hold, and then perhaps settle it again or reverse that."""
        before = set(self.model.holds)
        self.hold_points(wish=wish, amount=amount, span=SPANS[pick % 3 + 2])
        for hold in set(self.model.holds) - before:
            wish = replace(wish, programme_id=1, effective_on=None, lot_expires_on=AROUND[pick % 4])
            if pick % 4 < 3:
                self.send_capture(wish, hold, part)
            else:
                self.send("release", wish, hold_id=hold, expired=False)
            settled = self.model.resolved.get(hold)
            if settled and pick % 5 < 2:
                self.send("reverse", wish, transfer_id=settled, kind=Kind.REVERSE)
            elif settled and pick % 5 < 4:
                self.send_capture(wish, hold, None)

    @precondition(lambda self: self.model.holds or len(self.model.resolved) > 2)
    @rule(
        wish=wishes,
        pick=picks,
        part=st.sampled_from(PARTS),
    )
    def capture(self, wish: Wish, pick: int, part: str | None) -> None:
        hold, wish = self.some_hold(pick, wish)
        self.send_capture(wish, hold, part)

    @precondition(lambda self: self.model.holds or len(self.model.resolved) > 2)
    @rule(wish=wishes, pick=picks, expired=st.booleans())
    def release(self, wish: Wish, pick: int, expired: bool) -> None:
        hold, wish = self.some_hold(pick, wish)
        self.send("release", wish, hold_id=hold, expired=expired)

    @precondition(lambda self: self.calls)
    @rule(pick=picks)
    @seldom
    def send_again(self, pick: int) -> None:
        self.subject.attempt(self.calls[pick % len(self.calls)])

    @precondition(lambda self: self.model.keys)
    @rule(pick=picks, field=picks)
    def send_changed(self, pick: int, field: int) -> None:
        known = [*self.model.keys.values()]
        others = changed(known[pick % len(known)].call)
        assert self.subject.attempt(others[field % len(others)][1]) is None

    # ---- time, jobs

    @rule(tick=st.sampled_from(TICKS))
    @seldom
    def wait(self, tick: timedelta) -> None:
        self.subject.now += tick

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks, short=st.booleans())
    @seldom
    def wait_for_a_hold(self, pick: int, short: bool) -> None:
        hold = [*self.model.holds.values()][pick % len(self.model.holds)]
        assert hold.expires_at
        self.subject.now = hold.expires_at - timedelta(microseconds=1) * short

    @rule(programme=st.sampled_from([1, 1, 2]), limit=st.sampled_from([1, 2, 100]))
    @seldom
    def expire_holds(self, programme: int, limit: int) -> None:
        over = self.model.over(programme, self.subject.now)[:limit]
        done = self.subject.atomic(
            lambda s: ledger.expire_holds(
                s, programme_id=programme, now=self.subject.now, limit=limit
            )
        )
        assert done == len(over)
        for call in over:
            self.learn(call)

    @rule(twice=st.booleans(), upto=st.sampled_from(AROUND))
    @seldom
    def expire_lots(self, twice: bool, upto: date) -> None:
        """End what ends by a day; `twice`, as a job that is started again."""
        for _ in range(1 + twice):
            ending = self.model.ending(1, upto)
            points = self.subject.atomic(lambda s: expire(s, upto, self.subject.now))
            ended = [self.end_lot(*lot) for lot in ending]
            assert points == sum(ended)

    def end_lot(self, day: date, address: str) -> int:
        call = self.model.end(1, day, address)
        if call is None:
            return 0
        self.learn(call)
        return -int(call.given["legs"][0].amount)

    @rule(programme=st.sampled_from([1, 1, 2]), back=st.sampled_from([1, 2, 0, -1, 3]))
    @seldom
    def close_period(self, programme: int, back: int) -> None:
        month = months_before(self.subject.now.date(), back)
        asked = {"programme_id": programme, "month": month, "actor": "staff:1"}
        faults = set(self.model.against_closing_period(programme, month, self.subject.now))
        self.subject.judged(
            "close_period",
            faults,
            lambda: self.subject.atomic(
                lambda s: ledger.close_period(s, now=self.subject.now, **asked)
            ),
        )
        if not faults:
            self.model.close_period(programme, month)

    @precondition(lambda self: self.model.periods)
    @rule(pick=picks, missing=st.booleans())
    @seldom
    def seal_period(self, pick: int, missing: bool) -> None:
        known = [*self.model.periods]
        programme, month = known[pick % len(known)]
        month = months_before(month, int(missing and pick % 4 == 0))
        faults = set(self.model.against_sealing_period(programme, month))
        asked = {"programme_id": programme, "month": month, "now": self.subject.now}
        self.subject.judged(
            "seal_period",
            faults,
            lambda: self.subject.atomic(
                lambda s: ledger.seal_period(s, signers=SIGNERS, origin=ORIGIN, **asked)
            ),
        )
        if not faults:
            self.model.periods[programme, month] = "sealed"

    @rule(limit=st.sampled_from([1, 3, 1000]))
    @seldom
    def seal(self, limit: int) -> None:
        self.subject.atomic(
            lambda s: ledger.seal(
                s, signers=SIGNERS, origin=ORIGIN, now=self.subject.now, limit=limit
            )
        )

    # ---- questions

    @rule(
        pick=picks,
        page=st.sampled_from([1, 2, 3, 50]),
        ago=st.sampled_from(TICKS),
        day=st.sampled_from(range(-80, 45)),
    )
    @seldom
    def ask(self, pick: int, page: int, ago: timedelta, day: int) -> None:
        spots = [*self.model.accounts]
        on = NOW.date() + timedelta(days=day)
        self.subject.check_answers(spots[pick % len(spots)], page, ago, on)

    @rule()
    @seldom
    def verify(self) -> None:
        self.subject.verify()

    @invariant()
    def all_laws_hold(self) -> None:
        self.subject.check()

    # ---- what rules are made of

    def send(self, verb: str, wish: Wish, **given: Any) -> None:
        call = self.call(verb, wish, **given)
        self.calls.append(call)
        self.subject.attempt(call)

    def call(self, verb: str, wish: Wish, **given: Any) -> Call:
        self.serial += 1
        today = self.subject.now.date()
        effective = wish.effective_on
        reason = Reason(
            programme_id=wish.programme_id,
            key=f"key:{self.serial}",
            actor="staff:1",
            source=f"document:{self.serial}",
            occurred_at=self.subject.now - timedelta(minutes=self.serial),
            business_day=today + timedelta(days=wish.business_day),
            lot_expires_on=wish.lot_expires_on,
            effective_on=None if effective is None else today + timedelta(days=effective),
            memo=wish.memo,
        )
        return Call(verb, reason, given)

    def legs(self, wish: Wish, wanted: list[Move]) -> tuple[Leg, ...]:
        found: list[Leg] = []
        for move in wanted:
            _, address, unit = move.giver
            takers = [spot for spot in move.takers if spot[2] is unit] or move.takers
            total = self.total((wish.programme_id, address, unit), move)
            rest = total - (len(takers) - 1)
            shares = [rest, *[1] * (len(takers) - 1)]
            found.append(Leg(address, unit, -total))
            found += [Leg(spot[1], spot[2], n) for spot, n in zip(takers, shares, strict=True)]
        return tuple(reversed(found)) if wanted[0].backwards else tuple(found)

    def total(self, giver: Spot, move: Move) -> int:
        if move.amount is not None:
            return move.amount
        account = self.model.accounts.get(giver, Account(True, False, None))
        return max(1, account.available - (account.floor or 0)) + move.more

    def programme_of(self, transfer_id: int) -> int:
        made = self.model.transfers.get(transfer_id)
        return made.programme_id if made else 1

    def some_hold(self, pick: int, wish: Wish) -> tuple[int, Wish]:
        """Pick an open hold mostly, else a resolved one, another transfer, or none at all."""
        among = [*self.model.holds] * 20 + [
            *self.model.resolved,
            *self.model.transfers,
            9_000 + pick,
        ]
        found = among[pick % len(among)]
        return found, replace(wish, programme_id=2 if pick % 15 == 1 else self.programme_of(found))

    def part(self, hold: int, part: str) -> tuple[Leg, ...]:
        """Return legs for a capture: within what is held, or beyond it in one way."""
        legs = [Leg(spot[1], spot[2], n) for spot, n in self.model.transfers[hold].held.items()]
        match part:
            case "half":
                legs = [replace(leg, amount=halved(leg.amount)) for leg in legs[:2]]
            case "one":
                legs = [replace(leg, amount=1 if leg.amount > 0 else -1) for leg in legs[:2]]
            case "more":
                legs = [replace(leg, amount=leg.amount * 2) for leg in legs]
            case "wrong":
                legs = [replace(leg, amount=-leg.amount) for leg in legs]
            case "else":
                legs = [*legs[:-1], *(replace(leg, address="expired") for leg in legs[-1:])]
        return tuple(legs)

    def learn(self, call: Call) -> None:
        """Take over what a job posted under a key that we know."""
        rows = self.subject.database.rows(
            "SELECT id FROM ledger_transfers WHERE programme_id = %(p)s AND key = %(k)s",
            {"p": call.reason.programme_id, "k": call.reason.key},
        )
        assert len(rows) == 1, call
        self.model.accept(call, rows[0]["id"], self.subject.now)


def halved(amount: int) -> int:
    """Return half of an amount, towards zero, but not zero."""
    return (abs(amount) + 1) // 2 * (1 if amount > 0 else -1)


def months_before(day: date, months: int) -> date:
    """Return the first day of the month so many months before that of a day."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def expire(session: Any, upto: date, now: Any) -> int:
    """Run the job that ends lots."""
    lots = ledger.expiring(session, programme_id=1, upto=upto)
    return ledger.expire(session, lots, programme_id=1, now=now)


# What the histories must have met; fewer, and the test would not try what it says.
MET = {
    *((verb, "done") for verb in ("post", "reverse", "hold", "capture", "release", "credit_many")),
    *((verb, "done") for verb in ("close_account", "close_period", "seal_period")),
    *((verb, "KeyReused") for verb in ("post", "hold")),
    *((verb, "replayed") for verb in ("post", "credit")),
    *(("capture", fault) for fault in ("CaptureTooMuch", "HoldResolved", "UnknownHold")),
    *(("post", fault) for fault in ("Unbalanced", "UnknownAccount", "InsufficientPoints")),
    *(("reverse", fault) for fault in ("AlreadyReversed", "NotReversible")),
    ("hold", "InsufficientPoints"),
    ("close_account", "AccountNotEmpty"),
}


def test_whatever_happens_the_ledger_says_what_the_model_says(
    database: Database, admin: psycopg.Connection
) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for times in (1, 4):  # which histories come depends on the sources; rarely some are missing
        if not set(seen) >= MET:
            live(lambda: Histories(Subject(database, admin, seen)), HISTORIES * times)
    assert set(seen) >= MET, sorted(MET - set(seen))


def live(begin: Callable[[], Histories], histories: int) -> None:
    """Let so many histories happen; more of them begin with the same ones."""
    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="LEDGER_MACHINE" not in os.environ,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink][: 1 + ("LEDGER_SHRINK" in os.environ)],
            suppress_health_check=list(HealthCheck),
        ),
    )
