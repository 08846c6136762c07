"""The ledger once more, in plain dictionaries: what it must accept, refuse, and hold afterwards.

It shares nothing with the SQL but the words. A refused call raises the ledger's own refusal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from service import ledger
from service.clock import business_day
from service.errors import KeyReused, Refusal
from service.ledger import DEBT_LOT, Kind, Leg, Reason, Unit

Spot = tuple[int, str, Unit]  # programme, address, unit
Legs = tuple[Leg, ...]
Faults = Iterator[type[Refusal]]


@dataclass
class Call:
    """One request to the ledger, so that it can be sent again, or with one field changed."""

    verb: str
    reason: Reason
    given: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.verb}({self.reason.key}, {self.given})"


@dataclass
class Line:
    """One entry: what was added, what stood then, the day it counts for, when it was written."""

    transfer_id: int
    amount: int
    balance: int
    effective_on: date
    recorded_at: datetime


@dataclass
class Account:
    """One account and its whole history."""

    tracked: bool
    by_lots: bool
    floor: int | None
    posted: int = 0
    held_out: int = 0
    held_in: int = 0
    open_holds: int = 0
    closed: bool = False
    lots: dict[date, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def available(self) -> int:
        return self.posted - self.held_out

    @property
    def debt(self) -> int:
        return 0 if self.floor is None else max(0, self.floor - self.available)

    def covers(self, amount: int) -> bool:
        """Tell whether `amount` (negative) may go out without owing."""
        return self.floor is None or amount > 0 or self.available + amount >= self.floor

    def take(self, amount: int, first: date | None) -> dict[date, int]:
        """Take points out of the lots, and say what each lost."""
        moves: dict[date, int] = {}
        for day in sorted(self.lots, key=lambda day: (day != first, day)):
            moves[day] = -min(amount, self.lots[day])
            amount += moves[day]
            self.lots[day] += moves[day]
        moves[DEBT_LOT] = -amount
        return {day: points for day, points in moves.items() if points}

    def fill(self, parts: dict[date, int], day: date) -> dict[date, int]:
        """Put points into lots, those under `DEBT_LOT` into that of `day`.

        What the wallet owes is paid first: by the points that were owed, then by the soonest.
        """
        owed = paid = min(max(0, -self.posted), sum(parts.values()))
        moves: dict[date, int] = {}
        for lot in sorted(parts, key=lambda lot: (lot != DEBT_LOT, lot)):
            part = min(owed, parts[lot])
            owed -= part
            into = day if lot == DEBT_LOT else lot
            moves[into] = moves.get(into, 0) + parts[lot] - part
        for into, points in moves.items():
            self.lots[into] = self.lots.get(into, 0) + points
        return {lot: n for lot, n in {**moves, DEBT_LOT: paid}.items() if n}


@dataclass
class Transfer:
    """What was written for one accepted call."""

    id: int
    call: Call
    effective_on: date
    recorded_at: datetime
    kind: Kind = Kind.RELEASE
    legs: dict[Spot, int] = field(default_factory=dict)
    held: dict[Spot, int] = field(default_factory=dict)
    lot_moves: dict[Spot, dict[date, int]] = field(default_factory=dict)
    expires_at: datetime | None = None
    reverses: int | None = None
    pending: int | None = None

    @property
    def programme_id(self) -> int:
        return self.call.reason.programme_id


def last_day(month: date) -> date:
    """Return the last day of the month of a day."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


class Model:
    """All books, as dictionaries."""

    def __init__(self) -> None:
        self.accounts: dict[Spot, Account] = {}
        self.transfers: dict[int, Transfer] = {}
        self.keys: dict[tuple[int, str], Transfer] = {}
        self.holds: dict[int, Transfer] = {}  # the open ones
        self.resolved: dict[int, int] = {}
        self.reversed: dict[int, int] = {}
        self.closed_through: dict[int, date] = {}
        self.periods: dict[tuple[int, date], str] = {}

    # ---- accounts and periods

    def open_account(self, spot: Spot, place: ledger.Place) -> None:
        self.accounts.setdefault(spot, Account(place.tracked, place.by_lots, place.floor))

    def against_closing(self, spot: Spot) -> Faults:
        account = self.accounts.get(spot)
        if account is None:
            yield ledger.UnknownAccount
        elif account.open_holds or (account.tracked and account.posted):
            yield ledger.AccountNotEmpty

    def against_closing_period(self, programme_id: int, month: date, now: datetime) -> Faults:
        last = last_day(month)
        if business_day(now) <= last:
            yield ledger.PeriodNotOver
        later = last <= self.closed_through.get(programme_id, date.min)
        if later and (programme_id, month) not in self.periods:
            yield ledger.PeriodClosed

    def close_period(self, programme_id: int, month: date) -> None:
        if self.periods.setdefault((programme_id, month), "closing") == "closing":
            through = self.closed_through.get(programme_id, date.min)
            self.closed_through[programme_id] = max(last_day(month), through)

    def against_sealing_period(self, programme_id: int, month: date) -> Faults:
        waiting = [
            at
            for (of, at), state in self.periods.items()
            if (of, state) == (programme_id, "closing")
        ]
        if (programme_id, month) not in self.periods or min([*waiting, month]) < month:
            yield ledger.PeriodNotClosing

    def closed(self, reason: Reason) -> date:
        """Return the last closed day of the books that a call writes in."""
        return self.closed_through.get(reason.programme_id, date.min)

    def effective(self, call: Call) -> date:
        """Return the day that a call counts for: in closed books the first open day.

        Nothing counts where nothing is posted: a hold or a release has no other day than its own.
        """
        first_open = self.closed(call.reason) + timedelta(days=1)
        asked = call.reason.effective_on if call.verb not in {"hold", "release"} else None
        return asked or max(call.reason.business_day, first_open)

    # ---- what is refused

    def refusals(self, call: Call, now: datetime) -> set[type[Refusal]]:
        """Return every reason to refuse a call; empty when it must be accepted."""
        first = self.keys.get((call.reason.programme_id, call.reason.key))
        if first is not None:
            return set() if first.call == call else {KeyReused}
        return set(getattr(self, f"against_{call.verb}")(call.reason, now, **call.given))

    def refusals_of_many(self, calls: list[Call], now: datetime) -> set[type[Refusal]]:
        """Return every reason to refuse credits that are sent as one; each needs its lot's day."""
        faults: set[type[Refusal]] = set()
        asked: dict[str, Call] = {}
        for call in calls:
            faults |= self.refusals(call, now)
            faults |= {ledger.Unbalanced} if call.reason.lot_expires_on is None else set()
            if asked.setdefault(call.reason.key, call) != call:
                faults.add(KeyReused)
        return faults

    def against_post(
        self, reason: Reason, now: datetime, kind: Kind, legs: Legs, may_owe: bool
    ) -> Faults:
        yield from self.against_day(reason)
        yield from against_legs(legs)
        moved = spots(reason, legs)
        yield from self.against_spots(moved)
        yield from self.against_owing(moved, may_owe)
        yield from self.against_lots(moved, reason)

    def against_reverse(
        self, reason: Reason, now: datetime, transfer_id: int, kind: Kind
    ) -> Faults:
        first = self.transfers.get(transfer_id)
        if first is None or first.programme_id != reason.programme_id:
            yield ledger.NotReversible
            return
        if first.reverses is not None or not first.legs:
            yield ledger.NotReversible
        if transfer_id in self.reversed:
            yield ledger.AlreadyReversed
        back = mirrored(first.legs)
        yield from self.against_day(reason)
        yield from self.against_spots(back)
        yield from self.against_owing(back, True)

    def against_hold(
        self, reason: Reason, now: datetime, legs: Legs, expires_at: datetime
    ) -> Faults:
        if expires_at <= now:
            yield ledger.HoldExpired
        yield from against_legs(legs)
        aside = spots(reason, legs)
        yield from self.against_spots(aside)
        yield from self.against_owing(aside, False)

    def against_capture(
        self, reason: Reason, now: datetime, hold_id: int, kind: Kind, legs: Legs | None
    ) -> Faults:
        hold = self.transfers.get(hold_id)
        if legs is not None:
            yield from against_legs(legs)
        if hold is None or not hold.held or hold.programme_id != reason.programme_id:
            yield ledger.UnknownHold
            return
        yield from self.against_resolving(hold_id)
        if hold.expires_at is None or now >= hold.expires_at:
            yield ledger.HoldExpired
        moved = hold.held if legs is None else spots(reason, legs)
        if not all(within(amount, hold.held.get(spot, 0)) for spot, amount in moved.items()):
            yield ledger.CaptureTooMuch
        yield from self.against_day(reason)
        yield from self.against_lots(moved, reason)

    def against_release(self, reason: Reason, now: datetime, hold_id: int, expired: bool) -> Faults:
        hold = self.transfers.get(hold_id)
        if hold is None or not hold.held or hold.programme_id != reason.programme_id:
            yield ledger.UnknownHold
            return
        yield from self.against_resolving(hold_id)
        if expired and hold.expires_at is not None and now < hold.expires_at:
            yield ledger.HoldNotOver

    def against_day(self, reason: Reason) -> Faults:
        if reason.effective_on is not None and reason.effective_on <= self.closed(reason):
            yield ledger.PeriodClosed

    def against_spots(self, moved: dict[Spot, int]) -> Faults:
        if not all(spot in self.accounts for spot in moved):
            yield ledger.UnknownAccount
        if any(spot in self.accounts and self.accounts[spot].closed for spot in moved):
            yield ledger.ClosedAccount

    def against_owing(self, moved: dict[Spot, int], may_owe: bool) -> Faults:
        for spot, amount in moved.items():
            account = self.accounts.get(spot)
            owes = account is not None and not account.covers(amount)
            if account is not None and owes and not (may_owe and account.by_lots):
                yield ledger.InsufficientPoints

    def against_lots(self, moved: dict[Spot, int], reason: Reason) -> Faults:
        found = ((self.accounts.get(spot), amount) for spot, amount in moved.items())
        if reason.lot_expires_on is None and any(a and a.by_lots and n > 0 for a, n in found):
            yield ledger.Unbalanced

    def against_resolving(self, hold_id: int) -> Faults:
        if hold_id in self.resolved:
            yield ledger.HoldResolved

    # ---- what is written

    def accept(self, call: Call, transfer_id: int, now: datetime) -> Transfer:
        """Write an accepted call under the id that the ledger gave it."""
        made = Transfer(transfer_id, call, self.effective(call), now)
        getattr(self, call.verb)(made, **call.given)
        self.keys[call.reason.programme_id, call.reason.key] = made
        self.transfers[transfer_id] = made
        for spot, amount in made.legs.items():
            lines = self.accounts[spot].lines
            stood = lines[-1].balance if lines else 0
            lines.append(Line(transfer_id, amount, stood + amount, made.effective_on, now))
        return made

    def post(self, made: Transfer, kind: Kind, legs: Legs, may_owe: bool) -> None:
        made.kind = kind
        self.move(made, spots(made.call.reason, legs))

    def reverse(self, made: Transfer, transfer_id: int, kind: Kind) -> None:
        made.kind, made.reverses = kind, transfer_id
        self.reversed[transfer_id] = made.id
        first = self.transfers[transfer_id]
        self.move(made, mirrored(first.legs), first)

    def hold(self, made: Transfer, legs: Legs, expires_at: datetime) -> None:
        made.kind, made.expires_at = Kind.HOLD, expires_at
        made.held = spots(made.call.reason, legs)
        self.holds[made.id] = made
        self.set_aside(made.held, 1)

    def capture(self, made: Transfer, hold_id: int, kind: Kind, legs: Legs | None) -> None:
        hold = self.resolve(made, hold_id)
        made.kind = kind
        self.move(made, dict(hold.held) if legs is None else spots(made.call.reason, legs))

    def release(self, made: Transfer, hold_id: int, expired: bool) -> None:
        self.resolve(made, hold_id)
        made.kind = Kind.RELEASE

    def resolve(self, made: Transfer, hold_id: int) -> Transfer:
        made.pending = hold_id
        self.resolved[hold_id] = made.id
        hold = self.holds.pop(hold_id)
        self.set_aside(hold.held, -1)
        return hold

    def set_aside(self, held: dict[Spot, int], sign: int) -> None:
        for spot, amount in held.items():
            account = self.accounts[spot]
            account.open_holds += sign
            account.held_out += sign * max(0, -amount) * account.tracked
            account.held_in += sign * max(0, amount) * account.tracked

    def move(self, made: Transfer, moved: dict[Spot, int], mirror: Transfer | None = None) -> None:
        made.legs = moved
        for spot, amount in moved.items():
            account = self.accounts[spot]
            if account.by_lots:
                made.lot_moves[spot] = self.move_lots(made, spot, mirror)
            account.posted += amount

    def move_lots(self, made: Transfer, spot: Spot, mirror: Transfer | None) -> dict[date, int]:
        account, amount, reason = self.accounts[spot], made.legs[spot], made.call.reason
        taken = mirror.lot_moves[spot] if mirror else {}
        if amount < 0:
            return account.take(-amount, min(taken) if taken else reason.lot_expires_on)
        day = reason.lot_expires_on or reason.business_day
        back = {lot: -points for lot, points in taken.items()} or {DEBT_LOT: amount}
        return account.fill(back, day)

    # ---- what jobs do

    def over(self, programme_id: int, now: datetime) -> list[Call]:
        """Return the releases of the holds whose time is over, in their order."""
        found = [
            (hold.expires_at, hold.id)
            for hold in self.holds.values()
            if hold.programme_id == programme_id and hold.expires_at and hold.expires_at <= now
        ]
        return [
            Call("release", by_system(programme_id, f"release:{id_}", f"hold:{id_}", ends),
                 {"hold_id": id_, "expired": True})
            for ends, id_ in sorted(found)
        ]  # fmt: skip

    def ending(self, programme_id: int, upto: date) -> list[tuple[date, str]]:
        """Return the (day, address) of the lots that end by a day and are not all held."""
        return sorted(
            (day, spot[1])
            for spot, account in self.accounts.items()
            for day in self.lots(spot)
            if spot[0] == programme_id and account.available > 0 and day <= upto
        )

    def end(self, programme_id: int, day: date, address: str) -> Call | None:
        """Return how a lot ends: what is left of it and not held. None when that is nothing."""
        account = self.accounts[programme_id, address, Unit.PTS]
        points = min(account.lots[day], account.available)
        source = f"lot:{address}:{day}"
        before = sum(made.call.reason.source == source for made in self.transfers.values())
        key = f"expire:{address}:{day}" + (f":{before + 1}" if before else "")
        reason = by_system(programme_id, key, source, datetime.combine(day, time(15, 59), UTC))
        legs = (Leg(address, Unit.PTS, -points), Leg("expired", Unit.PTS, points))
        given = {"kind": Kind.EXPIRE, "legs": legs, "may_owe": False}
        return Call("post", replace(reason, lot_expires_on=day), given) if points > 0 else None

    # ---- what can be asked

    def lots(self, spot: Spot) -> dict[date, int]:
        return {day: points for day, points in self.accounts[spot].lots.items() if points}

    def balance_at(
        self, spot: Spot, recorded_upto: datetime | None, effective_upto: date | None
    ) -> int:
        return sum(
            line.amount
            for line in self.accounts[spot].lines
            if (recorded_upto is None or line.recorded_at <= recorded_upto)
            and (effective_upto is None or line.effective_on <= effective_upto)
        )


def by_system(programme_id: int, key: str, source: str, at: datetime) -> Reason:
    """Return the reason that a job gives."""
    return Reason(programme_id, key, "system", source, at, business_day(at))


def spots(reason: Reason, legs: Legs) -> dict[Spot, int]:
    """Return what is added to which account."""
    return {(reason.programme_id, leg.address, leg.unit): leg.amount for leg in legs}


def mirrored(legs: dict[Spot, int]) -> dict[Spot, int]:
    """Return every leg the other way."""
    return {spot: -amount for spot, amount in legs.items()}


def against_legs(legs: Legs) -> Faults:
    """Say whether these are no legs: two or more, distinct, none zero, each unit sums to zero."""
    distinct = {(leg.address, leg.unit) for leg in legs}
    sums = [sum(leg.amount for leg in legs if leg.unit is unit) for unit in Unit]
    if (
        len(legs) < 2
        or len(distinct) < len(legs)
        or any(sums)
        or not all(leg.amount for leg in legs)
    ):
        yield ledger.Unbalanced


def within(amount: int, held: int) -> bool:
    """Tell whether a captured leg has the sign of the held one and is not larger."""
    return amount * held > 0 and abs(amount) <= abs(held)
