"""How a shop comes to the association, pauses, and leaves; each step keeps who and why.

applied    the association wrote the application down
checked    licence and, for food, the food licence were seen and had not run out
admitted   terms agreed, accounts open: it may pair tills, offer goods, give discounts
suspended  nothing is given any more; what was taken offline before still counts
left       its tills are shut out, what is left of its pledge is given back; for ever

The same step again, where it already led there, changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from service import outbox, people, trail
from service.clock import business_day
from service.shops.actions.admission import open_accounts
from service.shops.actions.pledges import end_all
from service.shops.actions.terms import FIRST, Agreement, keep
from service.shops.actions.tills import revoke_till
from service.shops.models import Association, Shop, Status, Step
from service.shops.queries import code_in_use
from service.shops.refusals import CodeTaken, LicenceMissing, LicenceOver, NoSuchStep
from service.shops.rules import STEPS, Terms

EVENTS = {"admit": "ShopAdmitted", "resume": "ShopAdmitted", "suspend": "ShopSuspended"}


@dataclass(frozen=True, slots=True)
class Application:
    """What a shop says of itself when it applies."""

    code: str
    name: str
    kind: str
    community_id: int
    food_licence_required: bool


@dataclass(frozen=True, slots=True)
class Licences:
    """What was seen at the check; numbers as they stand on the paper."""

    number: str
    until: date | None
    food_number: str | None = None
    food_until: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who takes a step, why, and when."""

    actor: str
    reason: str
    now: datetime


def apply(
    session: Session, application: Application, *, association: Association, decision: Decision
) -> Shop:
    """Write an application down. The same one again returns the shop. Raises CodeTaken."""
    assert association.id is not None
    asked = select(Shop).where(Shop.code == application.code)
    found = session.exec(asked).one_or_none()
    if found is not None:
        same = (found.association_id, found.name) == (association.id, application.name)
        if not same:
            raise CodeTaken(field="code")
        return found
    if code_in_use(session, application.code):
        raise CodeTaken(field="code")
    shop = Shop(
        code=application.code,
        name=application.name,
        kind=application.kind,
        community_id=application.community_id,
        food_licence_required=application.food_licence_required,
        association_id=association.id,
        programme_id=association.programme_id,
        status=Status.APPLIED,
        licence_checked=False,
        pledge_fen=0,
        applied_at=decision.now,
    )
    session.add(shop)
    session.flush()
    note(session, shop, "apply", decision)
    return shop


def check(session: Session, shop: Shop, licences: Licences, *, decision: Decision) -> Shop:
    """Keep what was seen of a shop's licences. Raises LicenceMissing, LicenceOver, NoSuchStep."""
    refuse_bad(shop, licences, business_day(decision.now))
    if not step(session, shop, "check", decision):
        return shop
    write(shop, licences)
    return shop


def renew(session: Session, shop: Shop, licences: Licences, *, decision: Decision) -> Shop:
    """Keep the licences that a member shows anew; the same ones again change nothing.

    Raises LicenceMissing, LicenceOver, and NoSuchStep for who is no member.
    """
    refuse_bad(shop, licences, business_day(decision.now))
    session.refresh(shop, with_for_update={"key_share": True})
    if shop.status not in {Status.ADMITTED, Status.SUSPENDED}:
        raise NoSuchStep
    if licences_of(shop) == licences:
        return shop
    write(shop, licences)
    note(session, shop, "licences", decision)
    return shop


def refuse_bad(shop: Shop, licences: Licences, today: date) -> None:
    """Refuse licences of which one is missing or over. Raises LicenceMissing, LicenceOver."""
    if not licences.number:
        raise LicenceMissing(field="licence_no")
    if shop.food_licence_required and not licences.food_number:
        raise LicenceMissing(field="food_licence_no")
    ends = {"licence_until": licences.until, "food_licence_until": licences.food_until}
    for field, until in ends.items():
        if until is not None and until < today:
            raise LicenceOver(field=field)


def write(shop: Shop, licences: Licences) -> None:
    """Write down what was seen."""
    shop.licence_checked = True
    shop.licence_no, shop.licence_until = licences.number, licences.until
    shop.food_licence_no, shop.food_licence_until = licences.food_number, licences.food_until


def licences_of(shop: Shop) -> Licences:
    """Return what was seen last."""
    seen = shop.licence_no or "", shop.licence_until
    return Licences(*seen, shop.food_licence_no or "", shop.food_licence_until)


def take_in(session: Session, shop: Shop, terms: Terms, *, decision: Decision) -> Shop:
    """Admit a shop that was checked: its terms and its accounts. Raises NoSuchStep."""
    if not step(session, shop, "admit", decision):
        return shop
    agreed = Agreement(FIRST, business_day(decision.now), terms, decision.reason)
    keep(session, shop, agreed, actor=decision.actor, now=decision.now)
    open_accounts(session, shop, now=decision.now)
    return shop


def suspend(session: Session, shop: Shop, *, decision: Decision) -> Shop:
    """Let a shop give nothing for a while."""
    step(session, shop, "suspend", decision)
    return shop


def resume(session: Session, shop: Shop, *, decision: Decision) -> Shop:
    """Let a suspended shop give again."""
    step(session, shop, "resume", decision)
    return shop


def leave(session: Session, shop: Shop, *, decision: Decision) -> Shop:
    """End a membership or an application: tills shut out, the rest of the pledge given back."""
    if not step(session, shop, "leave", decision):
        return shop
    assert shop.id is not None
    for device in people.devices_of_shop(session, shop.id):
        if device.revoked_at is None:
            assert device.id is not None
            revoke_till(
                session, device_id=device.id, shop=shop, actor=decision.actor, now=decision.now
            )
    if shop.admitted_at is not None:
        end_all(session, shop, actor=decision.actor, document=decision.reason, now=decision.now)
    return shop


def step(session: Session, shop: Shop, name: str, decision: Decision) -> bool:
    """Take a step; False when it was taken before. Raises NoSuchStep. The shop's row is locked."""
    session.refresh(shop, with_for_update={"key_share": True})  # a sale's row refers to the shop
    origins, target = STEPS[name]
    if shop.status == target:
        return False
    if shop.status not in origins:
        raise NoSuchStep
    shop.status = Status(target)
    if shop.status == Status.ADMITTED:
        shop.admitted_at = shop.admitted_at or decision.now
    note(session, shop, name, decision)
    return True


def note(session: Session, shop: Shop, name: str, decision: Decision) -> None:
    """Keep a step in the shop's own story, in the trail, and tell others where they wait for it."""
    assert shop.id is not None
    session.add(
        Step(
            shop_id=shop.id,
            status=shop.status,
            reason=decision.reason,
            actor=decision.actor,
            at=decision.now,
        )
    )
    said = {"shop": shop.code, "reason": decision.reason}
    if name in EVENTS:
        outbox.publish(session, EVENTS[name], f"shop:{shop.code}", said, now=decision.now)
    subject = f"shop:{shop.code}"
    trail.record(
        session,
        actor=decision.actor,
        action=f"shop.{name}",
        subject=subject,
        detail=said,
        now=decision.now,
    )
