"""Looking at who somebody is: who looked, at whom, and why, is written into the trail."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import trail
from service.i18n import N_
from service.people.identities import Contact, contact_of
from service.people.models import ReasonMissing, UnknownVolunteer, Volunteer
from service.people.queries import Listed, find_volunteer, list_volunteers

LOOK = "identity.look"
SEARCH = "search"
REASONS = {
    "guardian": N_("To reach the guardian"),
    "safety": N_("Something happened: safety or health"),
    "record": N_("To put a record or a certificate right"),
    "other": N_("Something else"),
}
# What is a booklet's number, or a part of one: it may stand in an address, a name may not.
BOOKLET = re.compile(r"[A-Za-z-]{0,8}\d{1,6}")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs a name: one of REASONS, and words where those say too little."""

    kind: str
    words: str = ""


def find_named(
    session: Session, *, whom: str, community_ids: Collection[int], actor: str, now: datetime
) -> list[Listed]:
    """Find whoever has this whole name, phone or ID number; the trail says who was found."""
    listed = list_volunteers(session, community_ids=community_ids, whom=whom)
    note_list(session, listed, why=SEARCH, actor=actor, now=now)
    return listed


def note_list(
    session: Session, listed: Sequence[Listed], *, why: str, actor: str, now: datetime
) -> None:
    """Write down whose names were on a page, by their booklets; never what was typed."""
    found = why == SEARCH  # also a minor's booklet tells whoever typed the name something
    codes = [line.volunteer.code for line in listed if line.name or found]
    detail = {"reason": why, "booklets": codes}
    trail.record(session, actor=actor, action=LOOK, subject="volunteers", detail=detail, now=now)


def reachable(session: Session, *, code: str, community_ids: Collection[int]) -> Volunteer:
    """Return a volunteer of some communities. Raises UnknownVolunteer."""
    found = find_volunteer(session, code.strip().upper())
    if found is None or found.community_id not in community_ids:
        raise UnknownVolunteer
    return found


def in_words(why: Reason) -> dict[str, str]:
    """Return a reason as the trail keeps it. Raises ReasonMissing."""
    words = why.words.strip()
    if why.kind not in REASONS or (why.kind == "other" and not words):
        raise ReasonMissing
    return {"reason": why.kind, "words": words}


def look(session: Session, whom: Volunteer, *, why: Reason, actor: str, now: datetime) -> Contact:
    """Return who somebody is to whoever says why. Raises ReasonMissing."""
    detail = in_words(why)
    about = f"volunteer:{whom.code}"
    trail.record(session, actor=actor, action=LOOK, subject=about, detail=detail, now=now)
    return contact_of(session, whom.id or 0)
