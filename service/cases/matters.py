"""What a volunteer may object to: each kind is read by the slice that knows it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, select

from service import activities, people, reconciliation, records
from service.activities import Award
from service.cases.models import About
from service.cases.refusals import NotObjectable


@dataclass(frozen=True, slots=True)
class Matter:
    """What is objected to: where it belongs, what it is called, and who made it."""

    community_id: int
    programme_id: int
    title: str
    made_by: tuple[str, ...] = ()
    volunteer_id: int | None = None  # whose it is; None where everybody may object


Reader = Callable[[Session, str], Matter | None]
READERS: dict[str, Reader] = {}


def objectable(kind: str, read: Reader) -> None:
    """Let things of a kind be objected to; a slice above this one says how they are read."""
    READERS[kind] = read


def matter(session: Session, kind: str, ref: str, *, volunteer_id: int | None) -> Matter:
    """Return what an objection of this volunteer is about.

    Raises NotObjectable where there is none, or where it is somebody else's.
    """
    found = READERS[kind](session, ref) if kind in READERS else None
    if found is None or found.volunteer_id not in {None, volunteer_id}:
        raise NotObjectable
    return found


def read_award(session: Session, ref: str) -> Matter | None:
    """Read an award by its key; who made and who approved it do not answer."""
    award = session.exec(select(Award).where(Award.key == ref)).first()
    if award is None:
        return None
    owner = people.volunteer_by_id(session, award.volunteer_id)
    asked = [award.activity_id] if award.activity_id else []
    _, title = activities.titles(session, asked).get(award.activity_id or 0, ("", ""))
    made = tuple(sorted({award.maker, award.approver or award.maker}))
    return Matter(owner.community_id, owner.programme_id, title, made, owner.id)


def read_star(session: Session, ref: str) -> Matter | None:
    """Read a star by its number."""
    star = session.get(records.Star, int(ref)) if is_number(ref) else None
    if star is None:
        return None
    owner = people.volunteer_by_id(session, star.volunteer_id)
    made = (star.decided_by,) if star.decided_by else ()
    return Matter(star.community_id, owner.programme_id, f"★{star.level}", made, owner.id)


def read_exception(session: Session, ref: str) -> Matter | None:
    """Read an exception that names a volunteer; one of a shop's is not a volunteer's matter."""
    row = session.get(reconciliation.Difference, int(ref)) if is_number(ref) else None
    named = (row.subject, row.detail.get("volunteer")) if row else ()
    codes = [one for one in named if isinstance(one, str)]
    owner = next(filter(None, (people.find_volunteer(session, one) for one in codes)), None)
    if row is None or owner is None:
        return None
    made = (row.resolved_by,) if row.resolved_by else ()
    return Matter(row.community_id, row.programme_id, row.kind, made, owner.id)


def is_number(ref: str) -> bool:
    """Tell whether a text is a row's number."""
    return ref.isascii() and ref.isdecimal() and len(ref) < len(str(2**63))


objectable(About.AWARD, read_award)
objectable(About.STAR, read_star)
objectable(About.EXCEPTION, read_exception)
