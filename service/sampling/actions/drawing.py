"""Drawing a month: once a community, as soon as the seed's head is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import ledger, people, programmes, trail
from service.clock import business_day, month_end
from service.people import Unit
from service.programmes import Programme
from service.sampling import rules
from service.sampling.models import Call, Draw

# Never narrowed by what became of an award since: the list is that of the month's last moment.
CONFIRMED = text(
    """SELECT w.attendance_id, w.id AS award_id, w.volunteer_id FROM activities_awards w
  JOIN activities a ON a.id = w.activity_id
WHERE w.entered_at >= :start AND w.entered_at < :end AND w.programme_id = :programme
  AND w.attendance_id IS NOT NULL AND a.community_id = :community"""
)
# A month of a great programme may take longer than a volunteer at the till would wait.
PATIENCE = text("SET LOCAL statement_timeout = '5min'")


@dataclass(frozen=True, slots=True)
class Listed:
    """An attendance that may be drawn, with its award and whose it is."""

    attendance_id: int
    award_id: int
    volunteer_id: int


def draw_due(session: Session, *, programme_id: int, now: datetime) -> int:
    """Draw every month of a programme's communities that is over; return how many were drawn."""
    programme = programmes.programme_by_id(session, programme_id)
    session.execute(PATIENCE)
    return sum(
        draw_month(session, programme, community, month=month, now=now) is not None
        for community in people.communities(session, programme_id)
        for month in due_in(session, community, programme, now)
    )


def due_in(
    session: Session, community: Unit, programme: Programme, now: datetime
) -> Sequence[date]:
    """Return the months of a community that are over and not drawn."""
    return rules.months_due(last_month(session, community), business_day(now, programme.zone))


def last_month(session: Session, community: Unit) -> date | None:
    """Return the newest month that was drawn for a community."""
    query = select(col(Draw.month)).where(Draw.community_id == community.id)
    return session.exec(query.order_by(col(Draw.month).desc()).limit(1)).first()


def draw_month(
    session: Session, programme: Programme, community: Unit, *, month: date, now: datetime
) -> Draw | None:
    """Draw one month of a community; None as long as its seed or anything to draw is missing.

    A month without any confirmation is drawn too, as an empty one, once the first month was.
    """
    within = rules.bounds(month, programme.zone)
    head = ledger.first_head_after(session, within.end)
    if head is None or now < within.end + rules.SETTLED:
        return None
    found = listed(session, programme, community, within)
    if not found and last_month(session, community) is None:
        return None
    figures = programmes.rule_set(session, programme.id or 0, month_end(month)).sampling
    row = keep(session, community, head, Month(month, figures, found), now=now)
    call_them(session, row, found)
    note(session, row, community, now)
    return row


def listed(
    session: Session, programme: Programme, community: Unit, within: rules.Bounds
) -> dict[int, Listed]:
    """Return what was confirmed between two moments, by attendance."""
    asked = {"start": within.start, "end": within.end, "community": community.id}
    rows = session.execute(CONFIRMED, {**asked, "programme": programme.id})
    return {row.attendance_id: Listed(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Month:
    """What a month is drawn from, and by which figures."""

    first: date
    figures: programmes.Sampling
    found: dict[int, Listed]


def keep(
    session: Session, community: Unit, head: ledger.Head, month: Month, *, now: datetime
) -> Draw:
    """Write down a draw with everything that it was made of."""
    population = rules.listing(month.found)
    row = Draw(
        programme_id=community.programme_id or 0,
        community_id=community.id or 0,
        month=month.first,
        percent=month.figures.percent,
        tries=month.figures.tries,
        head_size=head.size,
        head_root=head.root,
        seed=rules.seed_of(month.first, head.root),
        population=population,
        listed=len(month.found),
        digest=rules.digest_of(population),
        drawn=rules.share(len(month.found), month.figures.percent),
        drawn_at=now,
    )
    session.add(row)
    session.flush()
    return row


def call_them(session: Session, row: Draw, found: dict[int, Listed]) -> None:
    """Put those who were drawn on the list of calls, in the order of the draw."""
    chosen = rules.draw(row.seed, found, row.percent)
    session.add_all(
        Call(
            draw_id=row.id or 0,
            place=place,
            community_id=row.community_id,
            attendance_id=number,
            award_id=found[number].award_id,
            volunteer_id=found[number].volunteer_id,
        )
        for place, number in enumerate(chosen, start=1)
    )
    session.flush()


def note(session: Session, row: Draw, community: Unit, now: datetime) -> None:
    """Leave a mark of a draw in the trail."""
    said = {"listed": row.listed, "drawn": row.drawn, "seed": row.seed, "head": row.head_size}
    subject = f"sampling:{community.code}:{row.month:%Y-%m}"
    trail.record(
        session, actor="system", action="sampling.draw", subject=subject, detail=said, now=now
    )
