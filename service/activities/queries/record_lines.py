"""The service record: what stands of somebody's service, with the fields that the law asks for.

A line is an award of minutes that stands. Awards that wait, were refused or were taken back are
none, and neither are hours from before the books: they have totals only.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection, ServerCursor
from psycopg.rows import class_row
from sqlmodel import Session

from service.db import Database, driver

PAGE = 50
BATCH = 500
STANDING = ("posted", "noticed")
FROM = """FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN activities a ON a.id = w.activity_id
  LEFT JOIN activities_templates t ON t.id = a.template_id
  LEFT JOIN activities_attendances n ON n.id = w.attendance_id
  LEFT JOIN people_holders l ON l.id = a.leader_id
  JOIN people_units u ON u.id = coalesce(a.community_id, v.community_id)
WHERE w.status = ANY (%(standing)s) AND w.minutes > 0"""
SCANNED = """(w.kind = 'attendance' AND NOT n.amended AND n.in_way <> 'C4' AND n.out_way <> 'C4')"""
COLUMNS = f"""w.id, w.key AS award, w.kind, v.code AS volunteer, w.programme_id, a.code AS activity,
  coalesce(a.title, '') AS title, coalesce(a.place, '') AS place,
  coalesce(nullif(a.content, ''), nullif(t.content, ''), t.name, '') AS content,
  coalesce(t.category, '') AS category, w.rule,
  w.service_day AS day, CASE WHEN {SCANNED} THEN w.minutes ELSE 0 END AS scanned,
  CASE WHEN {SCANNED} THEN 0 ELSE w.minutes END AS typed, coalesce(u.record_unit, u.name) AS unit,
  coalesce(l.code, '') AS leader, coalesce(w.decided_at, w.entered_at) AS recorded_at"""
TOTALS = f"""count(*) AS lines,
  coalesce(sum(w.minutes) FILTER (WHERE {SCANNED}), 0)::bigint AS scanned,
  coalesce(sum(w.minutes) FILTER (WHERE NOT {SCANNED}), 0)::bigint AS typed"""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line of the record. Scanned and typed minutes stay apart for ever; one of them is 0."""

    id: int
    award: str
    kind: str  # attendance | manual
    volunteer: str
    programme_id: int
    activity: str | None  # none where no activity stands behind a manual award
    title: str
    place: str
    content: str
    category: str
    rule: str
    day: date
    scanned: int
    typed: int
    unit: str
    leader: str
    recorded_at: datetime

    @property
    def minutes(self) -> int:
        """The minutes of service."""
        return self.scanned + self.typed

    @property
    def tail(self) -> str:
        """What may be shown of the volunteer's booklet number."""
        return self.volunteer[-3:]


@dataclass(frozen=True, slots=True)
class RecordTotals:
    """The sums of some lines; `earlier` are minutes from before the books were opened."""

    lines: int
    scanned: int
    typed: int
    earlier: int = 0

    @property
    def minutes(self) -> int:
        """All minutes of service."""
        return self.scanned + self.typed + self.earlier


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for; what is None does not narrow."""

    community_ids: Collection[int] | None = None
    programme_id: int | None = None
    volunteer_id: int | None = None
    volunteer_ids: Collection[int] | None = None
    activity: str | None = None
    first: date | None = None
    upto: date | None = None
    known_at: datetime | None = None  # recorded by then
    consent: str | None = None  # a purpose: of those alone whose switch for it is on

    @property
    def where(self) -> str:
        """Return the conditions in SQL: only those that narrow, so that an index can serve."""
        return "".join(f" AND {sql}" for name, sql in NARROWING.items() if self.given(name))

    def given(self, name: str) -> bool:
        """Tell whether something was asked for."""
        return getattr(self, name) is not None

    @property
    def params(self) -> dict[str, Any]:
        """Return what the conditions refer to."""
        found = {name: getattr(self, name) for name in NARROWING if self.given(name)}
        for name in ("community_ids", "volunteer_ids"):
            if name in found:
                found[name] = list(found[name])
        return found | {"standing": list(STANDING)}


NARROWING = {
    "community_ids": "v.community_id = ANY (%(community_ids)s)",
    "programme_id": "w.programme_id = %(programme_id)s",
    "volunteer_id": "w.volunteer_id = %(volunteer_id)s",
    "volunteer_ids": "w.volunteer_id = ANY (%(volunteer_ids)s)",
    "activity": "a.id = (SELECT c.id FROM activities_codes c WHERE c.code = lower(%(activity)s))",
    "first": "w.service_day >= %(first)s",
    "upto": "w.service_day <= %(upto)s",
    "consent": "consents_given(w.volunteer_id, %(consent)s)",
    "known_at": "coalesce(w.decided_at, w.entered_at) <= %(known_at)s",
}


def record_page(
    place: Session | Database,
    wanted: Wanted,
    *,
    before: tuple[date, int] | None = None,
    limit: int = PAGE,
) -> list[RecordLine]:
    """Return a page of lines, the newest service first; `before` is the last line seen."""
    sql = f"SELECT {COLUMNS} {FROM}{wanted.where}"
    params = {**wanted.params, "limit": limit}
    if before is not None:
        sql += " AND (w.service_day, w.id) < (%(day)s, %(id)s)"
        params |= {"day": before[0], "id": before[1]}
    sql += " ORDER BY w.service_day DESC, w.id DESC LIMIT %(limit)s"
    return [RecordLine(**row) for row in rows(place, sql, params)]


def record_totals(place: Session | Database, wanted: Wanted) -> RecordTotals:
    """Return the sums of all lines that are wanted."""
    (row,) = rows(place, f"SELECT {TOTALS} {FROM}{wanted.where}", wanted.params)
    return RecordTotals(**row)


def record_totals_by_volunteer(
    place: Session | Database, wanted: Wanted
) -> dict[int, RecordTotals]:
    """Return the sums of the lines that are wanted, by volunteer; who has none is left out."""
    sql = f"SELECT w.volunteer_id, {TOTALS} {FROM}{wanted.where} GROUP BY w.volunteer_id"
    found = rows(place, sql, wanted.params)
    return {row.pop("volunteer_id"): RecordTotals(**row) for row in found}


def every_record_line(session: Session, wanted: Wanted) -> Iterator[RecordLine]:
    """Return all lines, the oldest service first, as they are at one moment, in little memory."""
    sql = f"SELECT {COLUMNS} {FROM}{wanted.where} ORDER BY w.service_day, w.id"
    with server_cursor(driver(session)) as cursor:
        cursor.itersize = BATCH
        cursor.execute(sql.encode(), wanted.params)
        yield from cursor


def server_cursor(connection: Connection[Any]) -> ServerCursor[RecordLine]:
    """Open a cursor that leaves its rows on the server until they are asked for."""
    return ServerCursor(connection, "record_lines", row_factory=class_row(RecordLine))


def rows(place: Session | Database, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a statement in a session's transaction, or in one of its own."""
    if isinstance(place, Database):
        return place.rows(sql, params)
    cursor = driver(place).execute(sql.encode(), params)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
