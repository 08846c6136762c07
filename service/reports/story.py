"""How a transfer came to be: the scans, the people and the rule behind it, in order of time."""

from dataclasses import dataclass, field
from typing import Any

from service.db import Database
from service.i18n import N_

AWARD = """SELECT w.*, v.code AS volunteer, t.title AS activity_title, t.code AS activity,
  n.in_at, n.out_at, n.in_way, n.out_way, n.in_actor, n.out_actor, n.amended, n.amended_by,
  n.offline
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN activities t ON t.id = w.activity_id
  LEFT JOIN activities_attendances n ON n.id = w.attendance_id
WHERE w.transfer_id = %(transfer)s"""
REDEMPTION = """SELECT r.*, v.code AS volunteer, s.name AS shop, g.name AS good
FROM redemptions r JOIN shops s ON s.id = r.shop_id
  LEFT JOIN people_holders v ON v.id = r.volunteer_id
  LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE r.id = %(document)s::bigint"""
DISCOUNT = """SELECT d.*, v.code AS volunteer, s.name AS shop FROM redemptions_discounts d
  JOIN shops s ON s.id = d.shop_id JOIN people_holders v ON v.id = d.volunteer_id
WHERE s.code = split_part(%(document)s, ':', 1)
  AND d.key = substr(%(document)s, strpos(%(document)s, ':') + 1)"""
ANSWER = """SELECT t.occurred_at, t.actor, coalesce(a.note, '') AS note
FROM ledger_transfers t LEFT JOIN reconciliation_answers a ON a.transfer_id = t.id
WHERE t.id = %(transfer)s"""
# The papers of a transfer, or of the one that it reverses: the stay, the award, the sheet's photo.
PAPERS = """SELECT w.key AS award, w.attendance_id, w.maker, w.approver, w.evidence_file_id,
  p.id AS line_id, p.evidence_file_id AS line_file, p.maker AS line_maker,
  p.approver AS line_approver, r.id AS sale_id, r.device_id, s.code AS shop,
  x.reason, x.proposed_by, x.decided_by
FROM ledger_transfers t LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN activities_awards w ON w.transfer_id =
    CASE WHEN t.reverses_id IS NULL THEN t.id ELSE t.reverses_id END
  LEFT JOIN activities_attendances n ON n.id = w.attendance_id
  LEFT JOIN activities_paper_lines p ON p.activity_id = n.activity_id
    AND p.volunteer_id = n.volunteer_id AND p.status = 'approved'
  LEFT JOIN activities_award_reversals x ON x.award_id = w.id AND x.decision = 'approved'
  LEFT JOIN LATERAL (SELECT CASE split_part(coalesce(o.source, t.source), ':', 1)
    WHEN 'redemption' THEN split_part(coalesce(o.source, t.source), ':', 2)::bigint END AS id
    OFFSET 0) named ON true
  LEFT JOIN redemptions r ON r.id = named.id
  LEFT JOIN shops s ON s.id = r.shop_id
WHERE t.id = %(transfer)s LIMIT 1"""
SIGNERS = ("maker", "approver", "line_maker", "line_approver", "proposed_by", "decided_by")
WAYS = {
    "C1": N_("the leader scanned the person's code"),
    "C2": N_("the person scanned the code on site"),
    "C3": N_("the person typed the digits shown on site"),
    "C4": N_("entered from the paper sheet"),
}

PICKED_UP = {
    "family": N_("Picked up by the family"),
    "neighbour": N_("Picked up by a neighbour"),
    "team": N_("Picked up by the volunteers' team"),
    "community": N_("Picked up by the community"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a story: `title` and `detail` are messages, filled with `params`."""

    icon: str
    title: str
    at: Any = None  # a moment; None where the step has none of its own
    detail: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    kind: str = "ok"  # ok, warn


def tell(database: Database, found: dict[str, Any]) -> list[Step]:
    """Tell the story of a transfer that was read by `books.transfer`."""
    kind, _, document = (found["reverses_source"] or found["source"]).partition(":")
    params = {"transfer": found["reverses_id"] or found["id"], "document": document}
    query, steps = DOCUMENTS.get(kind, ("", of_document))
    row = database.call(query, params) if query else found
    return [*steps(row or found), *ending(found)]


def papers(database: Database, found: dict[str, Any]) -> dict[str, Any]:
    """Return what a transfer rests on, for links; nothing for what has no paper."""
    row = database.call(PAPERS, {"transfer": found["id"]}) or {}
    return row if row.get("award") or row.get("sale_id") else {}


def of_award(row: dict[str, Any]) -> list[Step]:
    """Tell of an award: in, out, the arithmetic, who confirmed."""
    came = of_attendance(row) if row["in_at"] else [of_claim(row)]
    return [*came, arithmetic(row), confirmation(row)]


def of_attendance(row: dict[str, Any]) -> list[Step]:
    """Tell of the two scans of an attendance."""
    detail = N_("{way}, {actor}")
    arrived = {"way": WAYS[row["in_way"]], "actor": row["in_actor"]}
    steps = [Step("scan", N_("Checked in"), row["in_at"], detail, arrived)]
    if row["amended"]:
        by = {"actor": row["amended_by"]}
        steps.append(
            Step("flag", N_("Check-out filled in"), row["out_at"], N_("by {actor}"), by, "warn")
        )
    elif row["out_at"]:
        left = {"way": WAYS.get(row["out_way"], ""), "actor": row["out_actor"]}
        steps.append(Step("scan", N_("Checked out"), row["out_at"], detail, left))
    return steps


def of_claim(row: dict[str, Any]) -> Step:
    """Tell of service that nobody scanned: what was claimed, and the evidence for it."""
    params = {"evidence": row["evidence"] or ""}
    return Step(
        "flag",
        N_("Claimed without a scan"),
        row["claimed_from"],
        N_("Evidence: {evidence}"),
        params,
        "warn",
    )


def arithmetic(row: dict[str, Any]) -> Step:
    """Show the sum: minutes present, minutes counted, the rate's rule, what a cap took."""
    detail = N_("{present} minutes present, {minutes} counted; rule {rule}: {points} points.")
    if row["cut"]:
        detail = N_(
            "{present} minutes present, {minutes} counted; rule {rule}: {points} points after the"
            " cap took {cut}."
        )
    params = {"present": row["present_minutes"]}
    params |= {name: row[name] for name in ("minutes", "rule", "points", "cut")}
    return Step("clock", N_("Counted"), None, detail, params)


def confirmation(row: dict[str, Any]) -> Step:
    """Name who confirmed, and the second person where there was one."""
    title = N_("Entered") if row["kind"] == "manual" else N_("Confirmed")
    detail = N_("by {maker}, approved by {approver}") if row["approver"] else N_("by {maker}")
    params = {"maker": row["maker"], "approver": row["approver"]}
    return Step("stamp", title, row["decided_at"] or row["entered_at"], detail, params)


def of_redemption(row: dict[str, Any]) -> list[Step]:
    """Tell of goods: what was handed over where, how the person was known, what was flagged."""
    detail = N_("{good} × {qty}, {points} points, by {actor}")
    params = {name: row[name] for name in ("good", "qty", "points", "actor")}
    steps = [Step("store", row["shop"], row["occurred_at"], detail, params)]
    if row["proxy"]:
        title = PICKED_UP.get(row["proxy"], N_("Picked up by somebody else"))
        steps.append(Step("person", title, kind="warn"))
    if "helper" in row["flags"]:
        steps.append(Step("person", N_("Fetched by family"), kind="warn"))
    if row["offline"]:
        when = row["recorded_at"]
        steps.append(Step("sync", N_("Sold without network, sent later"), when, kind="warn"))
    if row["undone_at"]:
        by = {"actor": row["undone_by"]}
        steps.append(
            Step("undo", N_("Undone"), row["undone_at"], N_("by {actor}"), by, kind="warn")
        )
    return steps


def of_discount(row: dict[str, Any]) -> list[Step]:
    """Tell of a discount on a bill, in percent and fen."""
    detail = N_("{pct} % by standing, by {actor}")
    params = {"pct": row["pct"], "actor": row["actor"]}
    return [Step("percent", row["shop"], row["occurred_at"], detail, params)]


def of_document(found: dict[str, Any]) -> list[Step]:
    """Tell what little there is of an opening, a pledge, an expiry."""
    return [Step("book", N_("Recorded"), found["occurred_at"], N_("by {actor}"), dict(found))]


def of_answer(row: dict[str, Any]) -> list[Step]:
    """Tell of yuan that an answer to an exception moved, or that wait for one in suspense."""
    detail = N_("{note}, by {actor}") if row["note"] else N_("by {actor}")
    return [Step("flag", N_("Difference dealt with"), row["occurred_at"], detail, row)]


def ending(found: dict[str, Any]) -> list[Step]:
    """Say when it reached the ledger, for which day it counts, and what became of it."""
    return [*in_the_books(found), *afterwards(found)]


def in_the_books(found: dict[str, Any]) -> list[Step]:
    """Say when it was written, and why it counts for another day than its own."""
    steps = [Step("book", BOOKED.get(found["kind"], POSTED), found["recorded_at"])]
    if found["effective_on"] != found["business_day"]:
        days = {"day": found["business_day"], "counts": found["effective_on"]}
        steps.append(Step("calendar", N_("Counts for a later day"), None, LATER, days, "warn"))
    return steps


def afterwards(found: dict[str, Any]) -> list[Step]:
    """Say whether it was reversed since, and how a hold ended or when it will."""
    steps = []
    if found["settled_by_id"]:
        title, icon = SETTLED.get(found["settled_by_kind"], (N_("Taken in the end"), "ok"))
        steps.append(Step(icon, title, found["settled_at"]))
    elif found["held"]:
        steps.append(Step("wait", N_("Still set aside; free again at"), found["expires_at"]))
    if found["reversed_by_id"]:
        key = {"key": found["reversed_by_key"]}
        steps.append(Step("undo", N_("Reversed"), found["reversed_at"], "{key}", key, "warn"))
    return steps


POSTED = N_("Posted to the ledger")
BOOKED = {"hold": N_("Set aside, not posted yet"), "release": N_("Set free again")}
SETTLED = {"release": (N_("Set free again"), "undo")}
LATER = N_(
    "Its own day is {day}. That month was closed when this was recorded, and a closed month never"
    " changes; so it counts from {counts}."
)


# What a transfer rests on, by the first word of its source: the document, and who tells of it.
DOCUMENTS = {
    "attendance": (AWARD, of_award),
    "manual": (AWARD, of_award),
    "redemption": (REDEMPTION, of_redemption),
    "discount": (DISCOUNT, of_discount),
    "exception": (ANSWER, of_answer),
}
