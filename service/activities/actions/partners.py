"""Organisations that a community serves together with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from service import people, trail
from service.activities.models import Partner, id_of
from service.activities.refusals import PartnerExists, UnknownPartner

PARTNER_KINDS = (
    "public_body",
    "enterprise",
    "school",
    "hospital",
    "social_organisation",
    "other",
)


@dataclass(frozen=True, slots=True)
class PartnerSaid:
    """What is stated of a partner; `id` names the one that is changed."""

    name: str
    kind: str
    note: str = ""
    active: bool = True
    id: int | None = None


def save_partner(
    session: Session, said: PartnerSaid, *, community: people.Unit, actor: str, now: datetime
) -> Partner:
    """Add a partner, or change one. Raises PartnerExists, UnknownPartner."""
    named = select(Partner.id).where(
        Partner.community_id == community.id, Partner.name == said.name
    )
    if session.exec(named).first() not in {None, said.id}:
        raise PartnerExists
    row = find_partner(session, said.id, community) if said.id is not None else None
    if row is None:
        row = Partner(community_id=id_of(community), created_by=actor, created_at=now, **of(said))
    for name, value in of(said).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="partner_saved",
        subject=f"partner:{row.id}",
        detail=of(said),
        now=now,
    )
    return row


def of(said: PartnerSaid) -> dict[str, Any]:
    """Return what is kept of a statement."""
    return {"name": said.name, "kind": said.kind, "note": said.note, "active": said.active}


def find_partner(session: Session, partner_id: int, community: people.Unit) -> Partner:
    """Return a community's partner. Raises UnknownPartner."""
    asked = select(Partner).where(Partner.id == partner_id, Partner.community_id == community.id)
    found = session.exec(asked).first()
    if found is None:
        raise UnknownPartner
    return found


def partners_of(session: Session, community_ids: list[int]) -> list[Partner]:
    """Return the partners of some communities by name, those in use first."""
    asked = select(Partner).where(col(Partner.community_id).in_(community_ids))
    return list(session.exec(asked.order_by(col(Partner.active).desc(), Partner.name)).all())
