"""The list of calls of a draw, and one call with everything that its attendance is made of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from service.db import Database
from service.sampling.refusals import UnknownCall

PAGE = 50
CALLS = """SELECT c.id, c.place, c.missed, c.result, c.settled_at, c.finding_id,
  v.code AS volunteer, v.channel, a.code AS activity, a.title, a.place AS spot,
  w.service_day AS day, w.minutes, w.points, w.key AS award, w.status AS award_status,
  w.transfer_id, w.maker, w.approver, n.in_at, n.out_at, n.in_way, n.out_way, n.amended,
  d.month, d.tries, u.code AS community, u.name AS community_name,
  f.status AS finding_status, f.case_id
FROM sampling_calls c JOIN sampling_draws d ON d.id = c.draw_id
  JOIN people_units u ON u.id = c.community_id
  JOIN people_holders v ON v.id = c.volunteer_id
  JOIN activities_awards w ON w.id = c.award_id
  JOIN activities_attendances n ON n.id = c.attendance_id
  JOIN activities a ON a.id = n.activity_id
  LEFT JOIN audit_findings f ON f.id = c.finding_id
WHERE c.community_id = ANY (%(communities)s)"""
PAGED = f"""{CALLS} AND c.draw_id = %(draw)s AND c.place > %(after)s
  AND (NOT %(waiting)s OR c.result IS NULL)
ORDER BY c.place LIMIT %(limit)s"""
ONE = f"{CALLS} AND c.id = %(call)s"
TRIES = "SELECT answer, said, by, at FROM sampling_tries WHERE call_id = %(call)s ORDER BY id"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call with the attendance that it asks about."""

    id: int
    place: int
    missed: int
    result: str | None
    settled_at: datetime | None
    finding_id: int | None
    volunteer: str
    channel: str
    activity: str
    title: str
    spot: str
    day: date
    minutes: int
    points: int
    award: str
    award_status: str
    transfer_id: int | None
    maker: str
    approver: str | None
    in_at: datetime
    out_at: datetime
    in_way: str
    out_way: str
    amended: bool
    month: date
    tries: int
    community: str
    community_name: str
    finding_status: str | None
    case_id: int | None

    @property
    def tail(self) -> str:
        """What may be shown of the booklet's number."""
        return self.volunteer[-3:]

    @property
    def scanned(self) -> bool:
        """Tell whether both ends were read from a code and never amended."""
        return not self.amended and "C4" not in {self.in_way, self.out_way}


@dataclass(frozen=True, slots=True)
class Tried:
    """One try, as its call's page tells it."""

    answer: str
    said: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which calls of a draw are asked for."""

    draw_id: int
    waiting: bool = False  # only those without a result
    after: int = 0


def calls(
    database: Database, community_ids: Collection[int], asked: Narrowed, *, limit: int = PAGE
) -> list[Asked]:
    """Return a page of the calls of a draw, in the order of the draw."""
    params = {"communities": list(community_ids), "draw": asked.draw_id, "limit": limit}
    params |= {"waiting": asked.waiting, "after": asked.after}
    return [Asked(**row) for row in database.rows(PAGED, params)]


def call_of(database: Database, community_ids: Collection[int], call_id: int) -> Asked:
    """Return one call of some communities. Raises UnknownCall."""
    row = database.call(ONE, {"communities": list(community_ids), "call": call_id})
    if row is None:
        raise UnknownCall
    return Asked(**row)


def tries_of(database: Database, call_id: int) -> list[Tried]:
    """Return what was tried so far, the first try first."""
    return [Tried(**row) for row in database.rows(TRIES, {"call": call_id})]
