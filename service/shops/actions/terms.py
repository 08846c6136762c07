"""Terms of discount: agreed for a day to come, kept for ever, never changed backwards."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from service import trail
from service.clock import business_day
from service.errors import KeyReused
from service.shops.models import Shop, ShopNotAdmitted, Status, TermsRow
from service.shops.refusals import TermsTooSoon
from service.shops.rules import Terms

FIRST = "admit"  # the key of what was agreed at the admission


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms from a day on, the paper that was signed, and the key of the form."""

    key: str
    from_day: date
    terms: Terms
    document: str


def agree(session: Session, shop: Shop, new: Agreement, *, actor: str, now: datetime) -> TermsRow:
    """Let other terms begin on a day to come. The same agreement again returns the first one.

    Raises ShopNotAdmitted, TermsTooSoon, KeyReused.
    """
    session.refresh(shop, with_for_update={"key_share": True})
    asked = select(TermsRow).where(TermsRow.shop_id == shop.id, TermsRow.key == new.key)
    found = session.exec(asked).one_or_none()
    if found is not None:
        if agreed_in(found) != (new.from_day, new.terms):
            raise KeyReused
        return found
    if shop.status not in (Status.ADMITTED, Status.SUSPENDED):
        raise ShopNotAdmitted
    if new.from_day <= business_day(now):
        raise TermsTooSoon
    row = keep(session, shop, new, actor=actor, now=now)
    trail.record(
        session,
        actor=actor,
        action="shop.terms",
        subject=f"shop:{shop.code}",
        detail={"from": new.from_day.isoformat(), "max_pct": row.max_pct, "document": row.document},
        now=now,
    )
    return row


def agreed_in(row: TermsRow) -> tuple[date, Terms]:
    """Return what a kept agreement says."""
    return row.from_day, Terms(row.max_pct, row.bill_cap_fen, tuple(row.excluded))


def keep(session: Session, shop: Shop, new: Agreement, *, actor: str, now: datetime) -> TermsRow:
    """Write an agreement down; at the admission it holds from that very day."""
    assert shop.id is not None
    row = TermsRow(
        shop_id=shop.id,
        key=new.key,
        from_day=new.from_day,
        max_pct=new.terms.max_pct,
        bill_cap_fen=new.terms.bill_cap_fen,
        excluded=list(new.terms.excluded),
        document=new.document,
        actor=actor,
        at=now,
    )
    session.add(row)
    session.flush()
    return row
