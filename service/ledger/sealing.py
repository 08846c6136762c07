"""The sealer: it appends what was posted to the log, signs the log's head, and seals months."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.clock import month_end
from service.errors import Conflict
from service.i18n import N_
from service.ledger.log import Head, LogKey
from service.ledger.models import Period, PeriodState
from service.ledger.proofs import LEVELS_PER_TILE, latest_head, tree
from service.proof import (
    EMPTY_ROOT,
    Checkpoint,
    Frontier,
    NodeSource,
    PeriodSeal,
    SigningKey,
    TreeHead,
    sign_note,
    trial_root,
)

BATCH = 20_000
TAKE = text("SELECT first_index, leaves FROM ledger_seal_batch(:limit)")
WRITE = text(
    "SELECT ledger_write_head(:size, :root, :note, :vkeys, CAST(:levels AS integer[]),"
    " CAST(:indexes AS bigint[]), CAST(:hashes AS bytea[]), :now)"
)
SEAL_PERIOD = text(
    "SELECT ledger_seal_period(:programme, :month, :size, :root, :trial_root, :previous, :seal,"
    " :note, :vkeys, :now)"
)
WAITING = text(
    """SELECT EXISTS (SELECT FROM ledger_unsealed u JOIN ledger_transfers t ON t.id = u.transfer_id
WHERE t.programme_id = :programme AND t.effective_on <= :upto)"""
)
TRIAL = text(
    """SELECT a.address, a.unit, sum(e.amount) AS balance
FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
WHERE a.programme_id = :programme AND e.effective_on <= :upto GROUP BY a.address, a.unit"""
)
PREVIOUS = text(
    "SELECT seal FROM ledger_periods WHERE programme_id = :programme AND state = 'sealed'"
    " ORDER BY month DESC LIMIT 1"
)
# A great batch on a slow disk may take longer than a volunteer at the till would wait.
PATIENCE = text("SET LOCAL statement_timeout = '10min'")


class UnknownSigner(Conflict):
    """No key of the key file has signed this log before: the old one must sign beside the new."""

    slug, title = "unknown-signer", N_("None of these keys has signed this ledger before")


class LogDamaged(Conflict):
    """The stored hashes of the log do not give its last head: nothing more is signed over them."""

    slug, title = "log-damaged", N_("The log does not agree with its last signed head")


class PeriodNotClosing(Conflict):
    """A month is closed first, and the months before it are sealed first."""

    slug, title = "period-not-closing", N_("This month is not the next to be sealed")


@dataclass(slots=True)
class Stored:
    """The complete subtrees that a batch brought about, as the database keeps them."""

    levels: list[int] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)

    def add(self, level: int, first: int, nodes: Sequence[bytes]) -> None:
        """Take a row of new nodes; the leaves, level 0, are in the database already."""
        if level:
            self.levels += [level // LEVELS_PER_TILE] * len(nodes)
            self.indexes += range(first, first + len(nodes))
            self.hashes += nodes


def seal(
    session: Session,
    *,
    signers: Sequence[SigningKey],
    origin: str,
    now: datetime,
    limit: int = BATCH,
) -> Head | None:
    """Append up to `limit` transfers to the log and write the head over it; None if none waited.

    One sealer at a time: a second one waits here. A batch is in the log whole or not at all.
    Raises UnknownSigner when a key comes without one that signed before, LogDamaged rather than
    signing over hashes that somebody has changed.
    """
    check_signers(session, signers)
    session.execute(PATIENCE)
    batch = session.execute(TAKE, {"limit": limit}).one()
    if batch.leaves is None:
        return None
    stored = Stored()
    grown = frontier_at(batch.first_index, tree(session), stored)
    check_last_head(session, grown)
    grown.extend(batch.leaves[at : at + 32] for at in range(0, len(batch.leaves), 32))
    root = grown.root()
    note = sign_note(Checkpoint(origin, grown.size, root).text, signers)
    written = {"size": grown.size, "root": root, "note": note, "now": now}
    nodes = {"levels": stored.levels, "indexes": stored.indexes, "hashes": stored.hashes}
    session.execute(WRITE, {**written, **nodes, "vkeys": vkeys(signers)})
    return Head(size=grown.size, root=root, note=note, sealed_at=now)


def frontier_at(size: int, node: NodeSource, stored: Stored) -> Frontier:
    """Take the tree up again where it stood: the roots of its complete subtrees are its state."""
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    peaks = (node(level, (size >> level) - 1) for level in levels)
    return Frontier.load(size.to_bytes(8) + b"".join(peaks), stored.add)


def check_last_head(session: Session, grown: Frontier) -> None:
    """Raise LogDamaged unless the tree as it is stored has the root that was signed last."""
    last = latest_head(session)
    signed = (last.size, last.root) if last else (0, EMPTY_ROOT)
    if (grown.size, grown.root()) != signed:
        raise LogDamaged


def vkeys(signers: Sequence[SigningKey]) -> list[str]:
    """Return the public halves as text."""
    return [str(key.verify_key) for key in signers]


def check_signers(session: Session, signers: Sequence[SigningKey]) -> None:
    """Raise UnknownSigner unless a known key is among them, or none is known yet."""
    known = set(session.exec(select(LogKey.vkey)))
    if known and known.isdisjoint(vkeys(signers)):
        raise UnknownSigner


def closing_periods(session: Session) -> Sequence[Period]:
    """Return the months that are closed and wait for their seal, in the order to seal them."""
    query = select(Period).where(Period.state == PeriodState.CLOSING)
    return session.exec(query.order_by(col(Period.programme_id), col(Period.month))).all()


def seal_period(
    session: Session,
    *,
    programme_id: int,
    month: date,
    signers: Sequence[SigningKey],
    origin: str,
    now: datetime,
) -> Period:
    """Seal a month that is closing: first the log, then the trial balance at the month's end.

    A month that is sealed already is returned as it is. Raises PeriodNotClosing, UnknownSigner.
    """
    period = session.get(Period, (programme_id, month), populate_existing=True)
    if period is None or not is_next(session, period):
        raise PeriodNotClosing
    if period.state == PeriodState.SEALED:
        return period
    check_signers(session, signers)
    session.execute(PATIENCE)
    asked = {"programme": programme_id, "upto": month_end(month)}
    while session.execute(WAITING, asked).scalar_one():
        seal(session, signers=signers, origin=origin, now=now)
    text_of = period_seal(session, asked, origin)
    write = {"note": sign_note(text_of.text, signers), "vkeys": vkeys(signers), "now": now}
    session.execute(SEAL_PERIOD, {**asked, **columns(text_of), **write, "month": month})
    session.refresh(period)
    return period


def is_next(session: Session, period: Period) -> bool:
    """Tell whether no month before it waits for its own seal."""
    waiting = select(Period).where(
        col(Period.programme_id) == period.programme_id,
        col(Period.month) < period.month,
        col(Period.state) == PeriodState.CLOSING,
    )
    return session.exec(waiting.limit(1)).first() is None


def period_seal(session: Session, asked: dict[str, Any], origin: str) -> PeriodSeal:
    """Reckon what a month's seal says: the log's head, the balances then, the seal before."""
    head = latest_head(session)
    balances = ((row.address, row.unit, int(row.balance)) for row in session.execute(TRIAL, asked))
    previous = session.execute(PREVIOUS, asked).scalar_one_or_none()
    return PeriodSeal(
        origin=origin,
        programme_id=asked["programme"],
        month=f"{asked['upto']:%Y-%m}",
        head=TreeHead(head.size, head.root) if head else TreeHead(0, EMPTY_ROOT),
        trial_root=trial_root(asked["programme"], balances),
        previous=previous or b"",
    )


def columns(seal_of: PeriodSeal) -> dict[str, Any]:
    """Return a seal as the table keeps it."""
    return {
        "size": seal_of.head.size,
        "root": seal_of.head.root,
        "trial_root": seal_of.trial_root,
        "previous": seal_of.previous or None,
        "seal": seal_of.digest,
    }
