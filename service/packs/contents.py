"""What a pack's tables hold: one query a file. Numbers of booklets, codes and offices, no names.

Read-only, like the reports: the SQL may join any slice's tables.
"""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file of a pack: its place, what stands in it, and where that comes from."""

    name: str
    zh: str
    en: str
    query: LiteralString
    written: bool = True  # by people in words of their own: names are taken out


WALLETS: LiteralString = """SELECT v.code AS volunteer,
  a.posted - coalesce(m.later, 0) - coalesce(m.within, 0) AS opening,
  coalesce(m.earned, 0) AS earned, coalesce(m.manual, 0) AS manual,
  coalesce(m.reversed_awards, 0) AS reversed_awards, coalesce(m.redeemed, 0) AS redeemed,
  coalesce(m.expired, 0) AS expired, coalesce(m.adjusted, 0) AS adjusted,
  a.posted - coalesce(m.later, 0) AS closing
FROM people_volunteers v
  CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
LEFT JOIN (SELECT volunteer_id, sum(points) FILTER (WHERE day > {last}) AS later,
    sum(points) FILTER (WHERE day <= {last} AND kind <> 'open') AS within,
    sum(points) FILTER (WHERE day <= {last} AND kind = 'award' AND NOT back) AS earned,
    sum(points) FILTER (WHERE day <= {last} AND kind = 'manual' AND NOT back) AS manual,
    sum(points) FILTER (WHERE day <= {last} AND kind IN ('award', 'manual') AND back)
      AS reversed_awards,
    sum(points) FILTER (WHERE day <= {last} AND kind = 'redeem') AS redeemed,
    sum(points) FILTER (WHERE day <= {last} AND kind = 'expire') AS expired,
    sum(points) FILTER (WHERE day <= {last}
      AND kind NOT IN ('award', 'manual', 'redeem', 'expire', 'open')) AS adjusted
  FROM reports_moves WHERE programme_id = {programme} AND community_id = {community}
    AND day >= {first} GROUP BY volunteer_id) m ON m.volunteer_id = v.id
WHERE v.programme_id = {programme} AND v.community_id = {community} ORDER BY v.code"""

TABLES = (
    Table(
        "records/activities.csv", "活动", "activities",
        """SELECT a.code, a.title, a.place, a.business_day AS day, a.starts_at, a.ends_at, a.status,
  l.code AS leader, t.code AS team, a.served, a.cancel_reason
FROM activities a LEFT JOIN people_holders l ON l.id = a.leader_id
  LEFT JOIN people_teams t ON t.id = a.team_id
WHERE a.community_id = {community} AND a.business_day BETWEEN {first} AND {last}
ORDER BY a.business_day, a.code""",
    ),
    Table(
        "records/attendances.csv", "到场与离场", "who came and went, and how that is known",
        """SELECT n.id, a.code AS activity, v.code AS volunteer, n.kind, n.status, n.in_at,
  n.out_at,
  n.in_way, n.out_way, n.in_actor, n.out_actor, n.offline, n.amended_by, n.amended_at, n.assurance
FROM activities_attendances n JOIN activities a ON a.id = n.activity_id
  JOIN people_holders v ON v.id = n.volunteer_id
WHERE a.community_id = {community} AND a.business_day BETWEEN {first} AND {last} ORDER BY n.id""",
        written=False,
    ),
    Table(
        "records/scans.csv", "扫码记录（含被拒绝的）", "every scan, those refused too",
        """SELECT s.id, a.code AS activity, v.code AS volunteer, s.action, s.way, s.status,
  s.reason,
  s.effective_at, s.actor, s.device, s.device_seq, s.occurred_at, s.received_at, s.offline,
  s.assurance
FROM activities_scans s JOIN activities a ON a.id = s.activity_id
  LEFT JOIN people_holders v ON v.id = s.volunteer_id
WHERE a.community_id = {community} AND a.business_day BETWEEN {first} AND {last} ORDER BY s.id""",
        written=False,
    ),
    Table(
        "records/paper.csv", "纸质签到表补录", "lines typed from paper sheets",
        """SELECT p.id, a.code AS activity, v.code AS volunteer, p.line, p.in_at, p.out_at,
  p.evidence,
  p.maker, p.entered_at, p.approver, p.decided_at, p.status
FROM activities_paper_lines p JOIN activities a ON a.id = p.activity_id
  JOIN people_holders v ON v.id = p.volunteer_id
WHERE a.community_id = {community} AND a.business_day BETWEEN {first} AND {last} ORDER BY p.id""",
    ),
    Table(
        "records/awards.csv", "积分发放", "points awarded, each with its transfer",
        """SELECT w.key, w.kind, v.code AS volunteer, a.code AS activity,
  w.attendance_id AS attendance,
  w.rule, w.service_day AS day, w.minutes, w.points, w.cut, w.maker, w.approver, w.status,
  array_to_string(w.flags, ' ') AS flags, w.transfer_id AS transfer, t.business_day AS posted_on,
  w.evidence, w.entered_at,
  w.decided_at, w.refusal
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN activities a ON a.id = w.activity_id
  LEFT JOIN ledger_transfers t ON t.id = w.transfer_id
WHERE v.community_id = {community} AND w.programme_id = {programme}
  AND w.service_day BETWEEN {first} AND {last} ORDER BY w.service_day, w.id""",
    ),
    Table(
        "records/award_reversals.csv", "积分撤销（两人经手）", "awards taken back, by two people",
        """SELECT r.id, w.key AS award, v.code AS volunteer, w.points, r.reason, r.proposed_by,
  r.proposed_at, r.decision, r.decided_by, r.decided_at, r.refusal, r.transfer_id AS transfer
FROM activities_award_reversals r JOIN activities_awards w ON w.id = r.award_id
  JOIN people_holders v ON v.id = w.volunteer_id
WHERE v.community_id = {community} AND w.service_day BETWEEN {first} AND {last} ORDER BY r.id""",
    ),
    Table(
        "records/redemptions.csv", "兑换", "goods for points",
        """SELECT r.id, s.code AS shop, r.business_day AS day, r.status, r.reason,
  g.code AS good, r.qty,
  r.returned_qty, r.points, r.value_fen, r.tail, r.via, r.device_id AS device, r.actor,
  r.proxy, r.offline, r.occurred_at, r.recorded_at, r.transfer_id AS transfer,
  r.undo_transfer_id AS undo_transfer, r.undone_by, r.undone_at
FROM redemptions r JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE s.community_id = {community} AND r.business_day BETWEEN {first} AND {last} ORDER BY r.id""",
    ),
    Table(
        "records/discounts.csv", "折扣", "discounts by standing",
        """SELECT d.id, s.code AS shop, d.business_day AS day, d.tail, d.bill_fen,
  d.excluded_fen, d.tier,
  d.pct, d.discount_fen, d.pay_fen, d.device_id AS device, d.actor, d.occurred_at, d.recorded_at,
  d.transfer_id AS transfer
FROM redemptions_discounts d JOIN shops s ON s.id = d.shop_id
WHERE s.community_id = {community} AND d.business_day BETWEEN {first} AND {last} ORDER BY d.id""",
        written=False,
    ),
    Table(
        "records/redemption_reversals.csv", "兑换撤销", "sales taken back",
        """SELECT b.redemption_id AS redemption, b.nth, b.qty, b.reason, b.proposed_by,
  b.proposed_at,
  b.approved_by, b.approved_at, b.declined_by, b.declined_at, b.transfer_id AS transfer
FROM redemptions_reversals b JOIN redemptions r ON r.id = b.redemption_id
  JOIN shops s ON s.id = r.shop_id
WHERE s.community_id = {community} AND r.business_day BETWEEN {first} AND {last}
ORDER BY b.redemption_id, b.nth""",
    ),
    Table(
        "reconciliation/exceptions.csv", "差错与答复", "differences and their answers",
        """SELECT x.id, x.day, x.kind, s.code AS shop, x.subject, x.reference, x.ours_fen,
  x.theirs_fen,
  x.amount_fen, x.status, x.opened_at, x.assigned_to, x.resolution, x.note, x.resolved_by,
  x.resolved_at
FROM reconciliation_exceptions x LEFT JOIN shops s ON s.id = x.shop_id
WHERE x.community_id = {community} AND x.day BETWEEN {first} AND {last} ORDER BY x.id""",
    ),
    Table(
        "audit/findings.csv", "审计发现", "what the audit found",
        """SELECT id, day, rule, subject, weight, status, found_at, decided_by, decided_at,
  reason, case_id
FROM audit_findings WHERE community_id = {community} AND day BETWEEN {first} AND {last}
ORDER BY id""",
    ),
    Table(
        "audit/draws.csv", "抽查：种子与范围", "random audits: seed and what was drawn from",
        """SELECT month, percent, head_size, encode(head_root, 'hex') AS head_root, seed,
  population, listed, digest, drawn, drawn_at
FROM sampling_draws WHERE community_id = {community}
  AND month BETWEEN date_trunc('month', {first}::date)::date AND {last} ORDER BY month""",
    ),
    Table(
        "audit/calls.csv", "抽查：回访结果", "random audits: what people said",
        """SELECT d.month, c.place, c.attendance_id AS attendance, v.code AS volunteer, c.missed,
  c.result,
  c.settled_at
FROM sampling_calls c JOIN sampling_draws d ON d.id = c.draw_id
  JOIN people_holders v ON v.id = c.volunteer_id
WHERE d.community_id = {community}
  AND d.month BETWEEN date_trunc('month', {first}::date)::date AND {last}
ORDER BY d.month, c.place""",
    ),
    Table(
        "audit/cases.csv", "案件", "cases",
        """SELECT c.year, c.number, c.origin, v.code AS volunteer, c.title, c.status, c.opened_by,
  c.opened_at, c.assigned_to, c.outcome, c.solution, c.solved_by, c.solved_at, c.answer,
  c.answered_by, c.answered_at
FROM cases c LEFT JOIN people_holders v ON v.id = c.volunteer_id
WHERE c.community_id = {community}
  AND (c.opened_at AT TIME ZONE {zone})::date BETWEEN {first} AND {last} ORDER BY c.id""",
    ),
    Table(
        "audit/objections.csv", "异议与答复", "objections and their answers",
        """SELECT o.year, o.number, v.code AS volunteer, o.about_kind, o.about_ref, o.notice_ref,
  o.text,
  o.filed_by, o.filed_at, o.due_on, o.status, o.answer, o.answered_by, o.answered_at, o.case_id
FROM cases_objections o LEFT JOIN people_holders v ON v.id = o.volunteer_id
WHERE o.community_id = {community}
  AND (o.filed_at AT TIME ZONE {zone})::date BETWEEN {first} AND {last} ORDER BY o.id""",
    ),
    Table(
        "trail/trail.csv", "经手记录：谁在何时、用哪台设备做了什么",
        "the trail: who did what, when, and on which device",
        """SELECT id, at, actor, action, subject, device, detail FROM trail_records
WHERE unit_id = {community} AND at >= ({first}::date::timestamp AT TIME ZONE {zone})
  AND at < (({last}::date + 1)::timestamp AT TIME ZONE {zone}) ORDER BY at, id""",
    ),
    Table(
        "ledger/wallets.csv", "每本志愿者手册的积分：期初、发生、期末",
        "every wallet: opening, what moved, closing", WALLETS, written=False,
    ),
)  # fmt: skip

# What was signed or published, a JSON record a line, each with the digest taken over it.
CLOSES: LiteralString = """SELECT jsonb_build_object('day', d.day, 'seal', d.seal, 'said', t.detail)
FROM reconciliation_days d JOIN trail_records t
  ON t.subject = 'day:' || d.community_id || ':' || d.day AND t.action = 'close'
WHERE d.community_id = {community} AND d.day BETWEEN {first} AND {last} AND d.seal IS NOT NULL
ORDER BY d.day"""
NOTICES: LiteralString = """SELECT jsonb_build_object('code', code, 'name', name, 'since', since,
  'until', until, 'starts_on', starts_on, 'ends_on', ends_on, 'digest', digest, 'filed', filed,
  'answered', answered, 'content', content)
FROM notices WHERE community_id = {community} AND published_at IS NOT NULL
  AND daterange(since, until, '[]') && daterange({first}, {last}, '[]') ORDER BY id"""
SIGNED = {"reconciliation/closes.jsonl": CLOSES, "notices/notices.jsonl": NOTICES}

ADDRESSES: LiteralString = """SELECT 'volunteer:' || code FROM people_volunteers
WHERE programme_id = {programme} AND community_id = {community}
UNION ALL SELECT a.address FROM ledger_accounts a JOIN shops s
  ON s.code = split_part(a.address, ':', 2) AND s.programme_id = a.programme_id
WHERE a.programme_id = {programme} AND s.community_id = {community}
  AND split_part(a.address, ':', 1) NOT IN ('volunteer', 'lot')"""
NAMES: LiteralString = """SELECT i.volunteer_id, i.name, i.name_sealed
FROM identity.people_identities i
JOIN people_holders v ON v.id = i.volunteer_id WHERE v.programme_id = {programme}"""
