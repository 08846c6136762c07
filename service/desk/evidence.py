"""What an award rests on: the stay with each of its scans, the sheet, and the two who signed."""

from dataclasses import dataclass
from typing import Any

from service.db import Database
from service.errors import NotFound
from service.i18n import N_
from service.reports import Scope

PAGE = 50
# A stay is seen where the activity was, and by the community of the volunteer.
ATTENDANCE = """SELECT n.*, a.code AS activity, a.title, a.starts_at, a.ends_at, a.place,
  v.code AS volunteer, l.code AS leader
FROM activities_attendances n JOIN activities a ON a.id = n.activity_id
  JOIN people_holders v ON v.id = n.volunteer_id JOIN people_holders l ON l.id = a.leader_id
WHERE n.id = %(id)s
  AND (a.community_id = ANY (%(communities)s) OR v.community_id = ANY (%(communities)s))"""
SCANS = """SELECT s.id, s.action, s.way, s.assurance, s.status, s.reason, s.already, s.occurred_at,
  s.received_at, s.offline, s.actor, s.device, s.device_seq, s.nonce,
  EXISTS (SELECT FROM activities_undos u WHERE u.actor = s.actor AND u.scan_nonce = s.nonce
    AND u.status = 'ok') AS undone
FROM activities_scans s WHERE s.volunteer_id = %(volunteer_id)s AND s.activity_id = %(activity_id)s
ORDER BY s.id LIMIT 200"""
LINES = """SELECT p.id, p.line, p.in_at, p.out_at, p.evidence, p.evidence_file_id, p.maker,
  p.entered_at, p.approver, p.decided_at, p.status
FROM activities_paper_lines p
WHERE p.volunteer_id = %(volunteer_id)s AND p.activity_id = %(activity_id)s ORDER BY p.id"""
AWARD = """SELECT w.key, w.points, w.minutes, w.status, w.maker, w.entered_at, w.approver,
  w.decided_at, w.transfer_id, w.evidence_file_id, r.proposed_by, r.proposed_at, r.decided_by,
  r.decided_at AS reversed_at, r.transfer_id AS reversal_id, r.reason
FROM activities_awards w
  LEFT JOIN activities_award_reversals r ON r.award_id = w.id AND r.decision = 'approved'
WHERE w.attendance_id = %(id)s"""
# The scans that a tablet sent, or that were made with it; of the reader's communities alone. Each
# of the two ways is read from its newest end.
SENT = """SELECT s.id FROM activities_scans s JOIN activities a ON a.id = s.activity_id
WHERE {} AND s.id < coalesce(%(before)s::bigint, 9223372036854775807)
  AND a.community_id = ANY (%(communities)s) ORDER BY s.id DESC LIMIT %(limit)s"""
WITH_IT = SENT.format("s.device = %(device)s")
BY_IT = SENT.format("s.actor = 'device:' || %(device)s AND s.actor LIKE 'device:%%'")
DEVICE_SCANS = f"""SELECT s.id, s.action, s.way, s.assurance, s.status, s.reason, s.already,
  s.occurred_at, s.received_at, s.offline, s.actor, s.device_seq, s.nonce, a.title,
  v.code AS volunteer, n.id AS attendance_id,
  EXISTS (SELECT FROM activities_undos u WHERE u.actor = s.actor AND u.scan_nonce = s.nonce
    AND u.status = 'ok') AS undone
FROM (SELECT id FROM (({WITH_IT}) UNION ({BY_IT})) either
      ORDER BY id DESC LIMIT %(limit)s) mine
  JOIN activities_scans s ON s.id = mine.id JOIN activities a ON a.id = s.activity_id
  LEFT JOIN people_holders v ON v.id = s.volunteer_id
  LEFT JOIN activities_attendances n
    ON n.activity_id = s.activity_id AND n.volunteer_id = s.volunteer_id
ORDER BY s.id DESC"""
DEVICE = """SELECT d.id, d.profile, d.name, d.paired_at, d.paired_by, d.revoked_at, d.last_seen_at,
  d.queued, d.clock_offset_s, d.shop_id, s.code AS shop_code, s.name AS shop
FROM people_devices d LEFT JOIN shops s ON s.id = d.shop_id
WHERE d.id = %(id)s AND coalesce(d.community_id, s.community_id) = ANY (%(communities)s)"""
DEVICE_SALES = """SELECT r.id, r.status, r.qty, r.points, r.tail, r.actor, r.offline, r.occurred_at,
  r.recorded_at, r.key, r.transfer_id, g.name AS good
FROM redemptions r LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE r.shop_id = %(shop_id)s AND r.device_id = %(id)s
ORDER BY r.business_day DESC, r.id DESC LIMIT %(limit)s"""


class NoSuchAttendance(NotFound):
    """Nobody stayed under this number, or it was in another community."""

    slug, title = "unknown-attendance", N_("There is no such attendance")


class NoSuchTablet(NotFound):
    """No tablet has this number or name, or it is another community's."""

    slug, title = "unknown-device", N_("There is no such tablet")


@dataclass(frozen=True, slots=True)
class Stay:
    """An attendance with all that proves it, and what was awarded for it."""

    row: dict[str, Any]
    scans: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    award: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Tablet:
    """A paired tablet, or the browser of a leader, and what came through it."""

    code: str
    row: dict[str, Any] | None  # None: a browser that was never paired
    scans: list[dict[str, Any]]
    sales: list[dict[str, Any]]


def stay(database: Database, scope: Scope, attendance_id: int) -> Stay:
    """Return an attendance with its scans, sheets and award. Raises NoSuchAttendance."""
    row = database.call(ATTENDANCE, {**scope.params, "id": attendance_id})
    if row is None:
        raise NoSuchAttendance
    return Stay(
        row,
        database.rows(SCANS, row),
        database.rows(LINES, row),
        database.call(AWARD, {"id": attendance_id}),
    )


def tablet(database: Database, scope: Scope, code: str, *, before: int | None = None) -> Tablet:
    """Return a tablet with its latest sales and a page of its scans. Raises NoSuchTablet."""
    number = int(code) if code.isascii() and code.isdecimal() and len(code) < 19 else None
    params = {**scope.params, "id": number, "device": code, "before": before, "limit": PAGE + 1}
    row = database.call(DEVICE, params) if number is not None else None
    scans = database.rows(DEVICE_SCANS, params)
    if row is None and not scans:
        raise NoSuchTablet
    till = {**(row or {}), "limit": PAGE}
    sales = database.rows(DEVICE_SALES, till) if row and row["shop_id"] else []
    return Tablet(code, row, scans, sales)
