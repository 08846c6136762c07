"""Payments to shops under closed statements: entered by one person, confirmed by another.

pay          fund:ASSOCIATION -fen, payable:SHOP +fen
take back    the mirror image, again by two people

Only what is confirmed is posted; the statement's files then show it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service import ledger, shops, trail
from service.clock import business_day
from service.errors import KeyReused
from service.ledger import Kind, Leg, Unit
from service.settlement.actions import statements
from service.settlement.actions.dues import because, due, payer
from service.settlement.models import NoteMissing, Statement
from service.settlement.payment_models import (
    STANDING,
    UNDECIDED,
    MoreThanOwed,
    NotClosedYet,
    OwnPayment,
    PaidAhead,
    Payment,
    PaymentStatus,
    PaymentWaits,
    UnknownPayment,
)
from service.settlement.rules import Step


@dataclass(frozen=True, slots=True)
class Slip:
    """A payment as it is entered: how much, on which day, what the bank's slip is called."""

    key: str
    fen: int
    paid_on: date
    reference: str


def enter(session: Session, row: Statement, slip: Slip, *, by: str, now: datetime) -> Payment:
    """Enter a payment; another person confirms it. The same key again returns the first one.

    Raises NotClosedYet, PaidAhead, PaymentWaits, MoreThanOwed and KeyReused.
    """
    lock(session, row)
    asked = select(Payment).where(Payment.statement_id == row.id, Payment.key == slip.key)
    known = session.exec(asked).one_or_none()
    if known is not None:
        if (known.fen, known.paid_on, known.reference) != (slip.fen, slip.paid_on, slip.reference):
            raise KeyReused
        return known
    if row.status != Step.CLOSED:
        raise NotClosedYet
    if slip.paid_on > business_day(now):
        raise PaidAhead
    refuse_second(session, row)
    refuse_more(session, row, slip.fen)
    made = Payment(
        statement_id=row.id or 0,
        shop_id=row.shop_id,
        key=slip.key,
        fen=slip.fen,
        paid_on=slip.paid_on,
        reference=slip.reference,
        status=PaymentStatus.WAITING,
        entered_by=by,
        entered_at=now,
    )
    session.add(made)
    session.flush()
    note(session, row, made, "payment.entered", by=by, now=now)
    return made


def refuse_more(session: Session, row: Statement, fen: int) -> None:
    """Refuse to pay more than is still due. Raises MoreThanOwed."""
    left = due(session, row).left_fen
    if fen > left:
        raise MoreThanOwed(yuan=f"{left / 100:.2f}")


def confirm(session: Session, row: Statement, payment: Payment, *, by: str, now: datetime) -> None:
    """Post a payment, as the second person; again changes nothing.

    Raises UnknownPayment, OwnPayment and MoreThanOwed.
    """
    lock(session, row, payment)
    if payment.status in STANDING and payment.decided_by == by:
        return
    refuse_undecided(payment, PaymentStatus.WAITING, first=payment.entered_by, by=by)
    if row.status != Step.CLOSED:
        raise NotClosedYet
    refuse_more(session, row, payment.fen)
    payment.transfer_id = post(session, row, payment, by=by, now=now)
    payment.status = PaymentStatus.POSTED
    payment.decided_by, payment.decided_at = by, now
    show_again(session, row, payment)
    note(session, row, payment, "payment.posted", by=by, now=now)


def post(session: Session, row: Statement, payment: Payment, *, by: str, now: datetime) -> int:
    """Post a payment; return its transfer."""
    shop = shops.shop_by_id(session, row.shop_id)
    legs = (
        Leg(payer(session, shop), Unit.CNY, -payment.fen),
        Leg(f"payable:{shop.code}", Unit.CNY, payment.fen),
    )
    said = {"note": payment.reference, "paid_on": str(payment.paid_on), "maker": payment.entered_by}
    reason = because(row, f"payment:{payment.id}", "paid", by=by, now=now, **said)
    return ledger.post(session, reason, kind=Kind.ADJUST, legs=legs, now=now).transfer_id


def decline(session: Session, row: Statement, payment: Payment, *, by: str, now: datetime) -> None:
    """Refuse a payment that was entered; nothing is posted. Raises UnknownPayment, OwnPayment."""
    lock(session, row, payment)
    if payment.status == PaymentStatus.DECLINED and payment.decided_by == by:
        return
    refuse_undecided(payment, PaymentStatus.WAITING, first=payment.entered_by, by=by)
    payment.status = PaymentStatus.DECLINED
    payment.decided_by, payment.decided_at = by, now
    session.add(payment)
    note(session, row, payment, "payment.declined", by=by, now=now)


def ask_back(
    session: Session, row: Statement, payment: Payment, *, why: str, by: str, now: datetime
) -> None:
    """Ask that a payment be taken back, with a reason; another person decides.

    Raises NoteMissing, UnknownPayment and PaymentWaits.
    """
    if not why.strip():
        raise NoteMissing
    lock(session, row, payment)
    if payment.status == PaymentStatus.ASKED_BACK and payment.back_by == by:
        return
    if payment.status != PaymentStatus.POSTED:
        raise UnknownPayment
    refuse_second(session, row)
    payment.status, payment.back_reason = PaymentStatus.ASKED_BACK, why.strip()
    payment.back_by, payment.back_at = by, now
    payment.back_decided_by, payment.back_decided_at = None, None
    session.add(payment)
    note(session, row, payment, "payment.asked_back", by=by, now=now)


def take_back(
    session: Session, row: Statement, payment: Payment, *, by: str, now: datetime
) -> None:
    """Reverse a payment, as the second person; again changes nothing.

    Raises UnknownPayment and OwnPayment.
    """
    lock(session, row, payment)
    if payment.status == PaymentStatus.TAKEN_BACK and payment.back_decided_by == by:
        return
    refuse_undecided(payment, PaymentStatus.ASKED_BACK, first=payment.back_by, by=by)
    assert payment.transfer_id is not None
    said = {"note": payment.back_reason, "maker": payment.back_by}
    reason = because(row, f"payment:{payment.id}", "back", by=by, now=now, **said)
    posted = ledger.reverse(session, reason, transfer_id=payment.transfer_id, now=now)
    payment.back_transfer_id, payment.status = posted.transfer_id, PaymentStatus.TAKEN_BACK
    payment.back_decided_by, payment.back_decided_at = by, now
    show_again(session, row, payment)
    note(session, row, payment, "payment.taken_back", by=by, now=now)


def let_stand(
    session: Session, row: Statement, payment: Payment, *, by: str, now: datetime
) -> None:
    """Leave a payment as it is, as the second person. Raises UnknownPayment and OwnPayment."""
    lock(session, row, payment)
    if payment.status == PaymentStatus.POSTED and payment.back_decided_by == by:
        return
    refuse_undecided(payment, PaymentStatus.ASKED_BACK, first=payment.back_by, by=by)
    payment.status = PaymentStatus.POSTED
    payment.back_decided_by, payment.back_decided_at = by, now
    session.add(payment)
    note(session, row, payment, "payment.let_stand", by=by, now=now)


def refuse_undecided(
    payment: Payment, stands: PaymentStatus, *, first: str | None, by: str
) -> None:
    """Raise UnknownPayment for what does not wait for it, OwnPayment for one's own."""
    if payment.status != stands:
        raise UnknownPayment
    if first == by:
        raise OwnPayment


def refuse_second(session: Session, row: Statement) -> None:
    """Let one payment of a shop wait for its second person at a time. Raises PaymentWaits."""
    waits = select(Payment.id).where(
        Payment.shop_id == row.shop_id, col(Payment.status).in_(UNDECIDED)
    )
    if session.exec(waits).first() is not None:
        raise PaymentWaits


def lock(session: Session, row: Statement, payment: Payment | None = None) -> None:
    """Read both as they stand once nobody else writes the shop's statements."""
    statements.lock(session, row.shop_id)
    session.refresh(row)
    if payment is not None:
        session.refresh(payment)


def show_again(session: Session, row: Statement, payment: Payment) -> None:
    """Have the statement's files made again: they show what was paid below the signatures."""
    row.signatures += 1
    session.add_all([row, payment])


def note(
    session: Session, row: Statement, payment: Payment, action: str, *, by: str, now: datetime
) -> None:
    """Leave a trace of who did what with a payment."""
    about = f"statement:{row.number}"
    said = {"payment": payment.id, "fen": payment.fen, "reference": payment.reference}
    said |= {"reason": payment.back_reason} if payment.back_reason else {}
    trail.record(session, actor=by, action=action, subject=about, detail=said, now=now)


def of_statement(session: Session, row: Statement) -> list[Payment]:
    """Return the payments under a statement, in the order in which they were entered."""
    asked = select(Payment).where(Payment.statement_id == row.id)
    return list(session.exec(asked.order_by(col(Payment.id))).all())


def of_number(session: Session, row: Statement, number: int) -> Payment:
    """Return a statement's payment by its number. Raises UnknownPayment."""
    found = session.get(Payment, number)
    if found is None or found.statement_id != row.id:
        raise UnknownPayment
    return found
