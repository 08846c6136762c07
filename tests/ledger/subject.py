"""The ledger under test, beside its model: every call goes to both, and both must say the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import psycopg
from sqlmodel import Session

from service import ledger
from service.db import Database
from service.errors import Refusal
from service.ledger import Unit
from service.proof import verify_lines
from tests.ledger.conftest import NOW
from tests.ledger.invariants import EVERYTHING, Snapshots
from tests.ledger.model import Call, Model, Spot

T = TypeVar("T")
Rows = Iterator[tuple[Any, ...]]


class Subject:
    """Both, with the clock that both are told."""

    def __init__(
        self, database: Database, admin: psycopg.Connection, seen: Counter[tuple[str, str]]
    ) -> None:
        self.database, self.admin, self.seen = database, admin, seen
        self.snapshots = Snapshots(admin)
        self.snapshots.clear()
        self.model = Model()
        self.now = NOW
        self.stood = self.snapshots.take()

    def atomic(self, work: Callable[[Session], T]) -> T:
        return self.database.atomic(work)

    # ---- calls

    def send(self, call: Call) -> ledger.Posted:
        verb = getattr(ledger, call.verb)
        return self.atomic(lambda s: verb(s, call.reason, now=self.now, **call.given))

    def attempt(self, call: Call) -> int | None:
        """Send a call; it must be refused or accepted as the model says. Return its transfer."""
        faults = self.model.refusals(call, self.now)
        stood = self.stood = self.stood or self.snapshots.take()
        answer = self.judged(call.verb, faults, lambda: self.send(call))
        if answer is None:
            return None
        first = self.model.keys.get((call.reason.programme_id, call.reason.key))
        if first is None:
            assert not answer.replayed, call
            self.model.accept(call, answer.transfer_id, self.now)
        else:
            assert answer == ledger.Posted(first.id, True), call
            self.seen[call.verb, "replayed"] += 1
            assert self.snapshots.take() == stood, call
        return answer.transfer_id

    def attempt_all(
        self, calls: list[Call], work: Callable[[Session], list[ledger.Posted]]
    ) -> None:
        """Send many calls as one: all of them are accepted, or none."""
        faults = self.model.refusals_of_many(calls, self.now)
        answers = self.judged("credit_many", faults, lambda: self.atomic(work))
        for call, answer in zip(calls, answers or [], strict=answers is not None):
            first = self.model.keys.get((call.reason.programme_id, call.reason.key))
            assert answer.replayed == (first is not None), call
            assert first is None or first.id == answer.transfer_id, call
            if first is None:
                self.model.accept(call, answer.transfer_id, self.now)
            self.seen["credit", "replayed" if first else "new"] += 1

    def judged(self, verb: str, faults: set[type[Refusal]], work: Callable[[], T]) -> T | None:
        """Run work that must be refused for one of these faults, or accepted without any."""
        self.stood = self.stood or self.snapshots.take()
        answer, refused = None, None
        try:
            answer = work()
        except Refusal as refusal:
            refused = type(refusal)
        assert (refused in faults) if refused else not faults, (refused, faults)
        assert refused is None or self.snapshots.take() == self.stood, refused
        self.stood = self.stood if refused else []
        self.seen[verb, refused.__name__ if refused else "done"] += 1
        return answer

    # ---- what stands

    def check(self) -> None:
        """Hold every law of the rows, and the rows against the model."""
        asked = [EVERYTHING, self.snapshots.sql, *(sql.encode() for sql in TOLD)]
        with self.admin.pipeline():
            cursors = [self.admin.execute(sql, prepare=True) for sql in asked]
        faults, snapshot, *tables = [cursor.fetchall() for cursor in cursors]
        assert not faults, faults
        for (sql, tell), stands in zip(TOLD.items(), tables, strict=True):
            compare(sql, ordered(stands), ordered(tell(self.model)))
        self.stood = sorted(snapshot)

    # ---- what can be asked

    def check_answers(self, spot: Spot, page: int, ago: timedelta, day: date) -> None:
        """Ask the ledger's own queries about one account."""
        self.atomic(lambda s: self.ask(s, spot, page))
        self.atomic(lambda s: self.ask_history(s, spot, self.now - ago, day))
        self.atomic(lambda s: self.ask_books(s, spot[0]))

    def ask(self, session: Session, spot: Spot, page: int) -> None:
        programme, address, unit = spot
        account = self.model.accounts[spot]
        at = {"programme_id": programme, "address": address}
        assert ledger.balance(session, unit=unit, **at) == account.posted
        if unit is Unit.PTS:
            assert dict(ledger.lots(session, **at)) == self.model.lots(spot)
        found = ledger.account(session, unit=unit, **at)
        assert found is not None
        lines: list[ledger.Line] = []
        while more := ledger.statement(
            session,
            account_id=found.id or 0,
            before=lines[-1].entry.seq if lines else None,
            limit=page,
        ):
            assert len(more) <= page
            lines += more
        told = [(line.transfer_id, line.amount) for line in account.lines]
        read = [(line.transfer.id, line.entry.amount) for line in reversed(lines)]
        assert read == (told if account.tracked else sorted(told))

    def ask_history(self, session: Session, spot: Spot, upto: datetime, day: date) -> None:
        programme, address, unit = spot
        found = ledger.account(session, programme_id=programme, address=address, unit=unit)
        assert found is not None
        for recorded, effective in ((upto, None), (None, day), (upto, day), (None, None)):
            stood = ledger.balance_at(
                session,
                account_id=found.id or 0,
                recorded_upto=recorded,
                effective_upto=effective,
            )
            assert stood == self.model.balance_at(spot, recorded, effective)

    def ask_books(self, session: Session, programme: int) -> None:
        at = {"programme_id": programme}
        trial = {(address, unit): n for address, unit, n in ledger.trial_balance(session, **at)}
        assert trial == {
            spot[1:]: account.posted
            for spot, account in self.model.accounts.items()
            if spot[0] == programme
        }
        assert ledger.closed_through(session, **at) == self.model.closed_through.get(programme)
        holds = [hold for hold in self.model.holds.values() if hold.programme_id == programme]
        found = ledger.open_holds(session, **at)
        assert [(one.transfer_id, one.expires_at) for one in found] == [
            (hold.id, hold.expires_at) for hold in holds
        ]
        for one, hold in zip(found, holds, strict=True):
            assert {(programme, g.address, g.unit): g.amount for g in one.legs} == hold.held

    def verify(self) -> None:
        """Read all books by the offline verifier, with the oldest head in hand."""
        first = self.admin.execute("SELECT note FROM ledger_heads ORDER BY size LIMIT 1").fetchone()
        with ledger.reading(self.database.url) as connection:
            lines = list(ledger.export_lines(connection))
        report = verify_lines(lines, checkpoint=first[0] if first else None)
        assert not report.findings, report.findings


def ordered(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Put rows in one order, whoever made them."""
    return sorted(rows, key=lambda row: tuple(map(str, row)))


def compare(sql: str, stands: list[tuple[Any, ...]], told: list[tuple[Any, ...]]) -> None:
    """Compare what stands in the database with what the model tells."""
    surplus = [row for row in stands if row not in told]
    lacking = [row for row in told if row not in stands]
    assert stands == told, f"{sql}\nstands: {surplus}\nmodel: {lacking}"


def accounts(model: Model) -> Rows:
    for spot, a in model.accounts.items():
        yield (
            *spot, a.tracked, a.by_lots, a.floor, a.held_out, a.held_in, a.debt, a.closed, a.posted
        )  # fmt: skip


def transfers(model: Model) -> Rows:
    for made in model.transfers.values():
        reason = made.call.reason
        yield (
            made.id, reason.programme_id, reason.key, made.kind.value, reason.actor,
            reason.source, reason.occurred_at, made.recorded_at, reason.business_day,
            made.effective_on, made.reverses, made.pending, made.expires_at, reason.memo,
        )  # fmt: skip


def entries(model: Model) -> Rows:
    for spot, account in model.accounts.items():
        for line in account.lines:
            balance = line.balance if account.tracked else None
            yield (*spot, line.transfer_id, line.amount, balance, line.effective_on)


def lots(model: Model) -> Rows:
    for spot in model.accounts:
        for lot in model.lots(spot).items():
            yield (*spot, *lot)


def lot_moves(model: Model) -> Rows:
    for made in model.transfers.values():
        for spot, parts in made.lot_moves.items():
            for move in parts.items():
                yield (made.id, *spot, *move)


def hold_legs(model: Model) -> Rows:
    for made in model.transfers.values():
        for spot, amount in made.held.items():
            yield (made.id, *spot, amount)


def months(model: Model) -> Rows:
    for (programme, month), state in model.periods.items():
        yield (programme, month, state)


# What stands in the database, and what the model tells of it.
TOLD: dict[str, Callable[[Model], Rows]] = {
    """SELECT programme_id, address, unit, tracked, by_lots, floor, held_out, held_in, debt,
     closed_at IS NOT NULL, ledger_balance(id) FROM ledger_accounts""": accounts,
    """SELECT id, programme_id, key, kind, actor, source, occurred_at, recorded_at, business_day,
     effective_on, reverses_id, pending_id, expires_at, memo FROM ledger_transfers""": transfers,
    """SELECT a.programme_id, a.address, a.unit, e.transfer_id, e.amount, e.balance, e.effective_on
     FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id""": entries,
    """SELECT a.programme_id, a.address, a.unit, l.expires_on, l.amount FROM ledger_lots l
     JOIN ledger_accounts a ON a.id = l.account_id WHERE l.amount > 0""": lots,
    """SELECT m.transfer_id, a.programme_id, a.address, a.unit, m.expires_on, m.amount
     FROM ledger_lot_moves m JOIN ledger_accounts a ON a.id = m.account_id""": lot_moves,
    """SELECT l.transfer_id, a.programme_id, a.address, a.unit, l.amount
     FROM ledger_hold_legs l JOIN ledger_accounts a ON a.id = l.account_id""": hold_legs,
    "SELECT transfer_id FROM ledger_holds": lambda model: ((hold,) for hold in model.holds),
    "SELECT programme_id, month, state FROM ledger_periods": months,
    "SELECT programme_id, closed_through FROM ledger_books": lambda model: iter(
        model.closed_through.items()
    ),
}
