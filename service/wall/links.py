"""Links of walls: signed numbers of rows. A link holds until its row says that it was withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlmodel import Session, col, select

from service import people, trail
from service.errors import KeyReused
from service.wall.models import UnknownLink, WallLink

SALT = "aixin wall"
TOKEN_CHARACTERS_MAX = 200
LINKS_MAX = 50


@dataclass(frozen=True, slots=True)
class Screen:
    """Which community's wall, where the screen hangs, under which key the link is asked for."""

    key: str
    community: people.Unit
    place: str


def token_of(secret: str, link: WallLink) -> str:
    """Return what a link's address carries; nothing secret is kept for it."""
    return str(URLSafeSerializer(secret, SALT).dumps(link.id))


def link_id(secret: str, token: str) -> int | None:
    """Return the number of the link that a token was signed for; None for one that is not ours."""
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
        return None
    try:
        said = URLSafeSerializer(secret, SALT).loads(token)
    except BadData:
        return None
    return said if isinstance(said, int) else None


def opens(session: Session, *, number: int | None, community_id: int) -> bool:
    """Tell whether a link still opens a community's wall."""
    row = session.get(WallLink, number) if number else None
    return row is not None and row.community_id == community_id and row.withdrawn_at is None


def make(session: Session, screen: Screen, *, by: people.Caller, now: datetime) -> WallLink:
    """Make a link; the same key again answers with the first. Raises KeyReused."""
    said = (screen.community.id or 0, screen.place)
    mine = select(WallLink).where(WallLink.made_by == by.actor, WallLink.key == screen.key)
    if known := session.exec(mine).first():
        if (known.community_id, known.place) != said:
            raise KeyReused
        return known
    row = WallLink(
        key=screen.key, community_id=said[0], place=said[1], made_by=by.actor, made_at=now
    )
    session.add(row)
    session.flush()
    note(session, "wall.link", by.actor, (screen.community, row), now=now)
    return row


def withdraw(
    session: Session, number: int, within: list[int], *, by: people.Caller, now: datetime
) -> WallLink:
    """Let a link open nothing any more; again changes nothing. Raises UnknownLink."""
    row = session.get(WallLink, number, with_for_update=True)
    if row is None or row.community_id not in within:
        raise UnknownLink
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, by.actor
        session.add(row)
        unit = people.unit_by_id(session, row.community_id)
        note(session, "wall.withdraw", by.actor, (unit, row), now=now)
    return row


def note(
    session: Session,
    action: str,
    actor: str,
    what: tuple[people.Unit, WallLink],
    *,
    now: datetime,
) -> None:
    """Write down who opened or shut a wall."""
    unit, row = what
    said = {"link": row.id, "place": row.place}
    about = f"community:{unit.code}"
    trail.record(session, actor=actor, action=action, subject=about, detail=said, now=now)


def links(session: Session, within: list[int]) -> list[WallLink]:
    """Return the newest links of some communities, those that hold first."""
    asked = select(WallLink).where(col(WallLink.community_id).in_(within))
    order = asked.order_by(col(WallLink.withdrawn_at).is_not(None), col(WallLink.id).desc())
    return list(session.exec(order.limit(LINKS_MAX)).all())
