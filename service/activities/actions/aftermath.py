"""What a judged queue leaves behind: scans, stays, places, problems, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from service import people
from service.activities import stays
from service.activities.queries import merge as sql
from service.activities.stays import Read, Stay, Verdict

if TYPE_CHECKING:
    from service.activities.actions.gate import Gate
    from service.activities.actions.merge import Batch, Books, Plan, World
    from service.activities.actions.queue import Item

Row = dict[str, Any]


def write_all(books: Books, world: World, plan: Plan) -> set[tuple[int, int]]:
    """Write what a queue changes; return who came without a place, by person and activity."""
    keep_scans(books, world, plan)
    keep_undos(books, world, plan)
    unseated = move_stays(books, world, plan)
    raise_problems(books, world, plan, unseated)
    watch_gaps(books, world, plan)
    return unseated


def run(books: Books, statement: str, world: World, rows: Sequence[Row], **more: Any) -> list[Row]:
    """Run one statement over rows, all in one round trip; nothing is asked about nothing."""
    params = {"rows": json.dumps(rows, default=str), "now": world.gate.now}
    params |= {"actor": world.gate.caller.actor, "activity": world.place["id"]}
    return books.rows(statement, params | more) if rows else []


def keep_scans(books: Books, world: World, plan: Plan) -> None:
    """Keep every reading, those that took no effect too, with what the screen said."""
    items = [item for item in plan.fresh.values() if item.sent.action != "undo"]
    rows = [scan_row(world, plan, item) for item in sorted(items, key=lambda one: one.moment)]
    for row in run(books, sql.KEEP, world, rows):
        world.scan_ids[world.gate.caller.actor, row["nonce"]] = row["id"]


def scan_row(world: World, plan: Plan, item: Item) -> Row:
    """Make the row of a reading."""
    sent, verdict = item.sent, plan.verdicts.get((world.gate.caller.actor, item.sent.nonce))
    refusal = plan.refusals.get(sent.nonce)
    reason = refusal.reason if refusal else verdict.reason if verdict else None
    names = ("action", "device", "seq", "nonce", "clock_offset_ms", "uptime_ms", "boot")
    return {name: getattr(sent, name) for name in names} | {
        "volunteer": item.volunteer_id,
        "hash": sent.hash.hex(),
        "status": "refused" if reason else "ok",
        "reason": reason,
        "already": not reason and said_again(world, item, verdict),
        "at": (verdict.at if verdict and verdict.at and not reason else item.moment).isoformat(),
        "occurred_at": (sent.occurred_at or item.moment).isoformat(),
        "moment": item.moment.isoformat(),
    }


def said_again(world: World, item: Item, verdict: Verdict | None) -> bool:
    """Tell whether a reading told what was known."""
    known = world.current[item.volunteer_id or 0].get(world.place["id"])
    return verdict is not None and verdict.says_again(known)


def keep_undos(books: Books, world: World, plan: Plan) -> None:
    """Keep every undo. One of a scan that nobody knows is kept if it waited in a queue."""
    rows = []
    for nonce, undone in plan.undone.items():
        sent = plan.fresh[nonce].sent
        row = {"undoes": sent.undoes, "nonce": nonce, "device": sent.device, "seq": sent.seq}
        row |= {"at": plan.fresh[nonce].moment.isoformat(), "already": undone.already}
        rows.append(row | {"status": "refused" if undone.reason else "ok", "reason": undone.reason})
    run(books, sql.KEEP_UNDOS, world, rows)


def move_stays(books: Books, world: World, plan: Plan) -> set[tuple[int, int]]:
    """Write the stays that are new, changed or gone, and tell of them."""
    gone: list[Row] = []
    seats: list[Row] = []
    moved: list[Row] = []
    told: list[Row] = []
    for volunteer, folded in plan.folded.items():
        known, frozen = world.current[volunteer], world.frozen[volunteer]
        for activity in {*known, *folded.stays} - {*frozen}:
            before, after = known.get(activity), folded.stays.get(activity)
            whose = {"activity": activity, "volunteer": volunteer}
            told += [whose | one for one in news(world, before, after)]
            if after is None:
                gone.append(whose)
                continue
            row = stay_row(world, after, folded)
            status = world.statuses.get((volunteer, activity))
            if serves(before) and not serves(after):
                gone.append(whose)  # with the place that was held for it
            if serves(after) and not serves(before):
                seats.append(whose | seat_row(world, plan, volunteer, after))
            if not same(before, after) or row["status"] != status:
                moved.append(whose | row)
    run(books, sql.CLEAR, world, gone)
    seated = run(books, sql.SEAT, world, seats)
    run(books, sql.MOVE, world, moved)
    run(books, sql.TELL, world, told)
    return {(row["volunteer"], row["activity"]) for row in seated if not row["seated"]}


def serves(stay: Stay | None) -> bool:
    """Tell whether somebody serves: who listens takes no place."""
    return stay is not None and stay.kind == "service"


def same(before: Stay | None, after: Stay) -> bool:
    """Tell whether a stay is as it was; the device is not kept with it."""
    return before is not None and all(
        getattr(before, name) == getattr(after, name) for name in STAY
    )


STAY = ("kind", "in_at", "out_at", "in_way", "out_way", "in_actor", "out_actor", "offline",
        "assurance")  # fmt: skip


def stay_row(world: World, stay: Stay, folded: stays.Folded) -> Row:
    """Make the row of a stay."""
    row = {name: getattr(stay, name) for name in STAY}
    row |= {"in_at": stay.in_at.isoformat(), "out_at": stay.out_at and stay.out_at.isoformat()}
    now = world.gate.now
    return row | {"status": stays.status_of(stay, folded, closes=world.closes, now=now)}


def seat_row(world: World, plan: Plan, volunteer: int, stay: Stay) -> Row:
    """Say what is to be known for giving somebody a place."""
    person = world.people[volunteer]
    posts = (
        item.sent.post
        for item in plan.fresh.values()
        if item.volunteer_id == volunteer and item.moment == stay.in_at
    )
    age = people.age_floor(person["age_band"])
    return {"post": next(posts, None), "age": age, "qualified": person["qualified"]}


def news(world: World, before: Stay | None, after: Stay | None) -> Iterable[Row]:
    """Say what listeners should hear: who came, who left, and times that turned out different."""
    by = {"by": world.gate.caller.actor}
    if after is None:
        yield event("AttendanceAmended", by | {"undone": True})
        return
    came = {"occurred_at": after.in_at.isoformat(), "way": after.in_way}
    if before is None:
        yield event("CheckedIn", came | {"audience": after.kind == "audience"})
    left = {"occurred_at": after.out_at.isoformat(), "way": after.out_way} if after.out_at else None
    if left and (before is None or before.out_at is None):
        yield event("CheckedOut", left)
    changed = before and (before.in_at != after.in_at or before.out_at not in (None, after.out_at))
    if changed:
        times = {"in_at": came["occurred_at"], "out_at": left and left["occurred_at"]}
        yield event("AttendanceAmended", by | times)


def event(kind: str, said: Mapping[str, Any]) -> Row:
    """Make the row of an event."""
    return {"type": kind, "said": said}


FOLDED = {"out_without_in", "in_after_in", "overlap"}


def raise_problems(books: Books, world: World, plan: Plan, unseated: set[tuple[int, int]]) -> None:
    """Open what needs a person's look, and close what later scans have explained."""
    read = scan_problems(world, plan, unseated)
    rows = [*own_problems(world, plan), *read]
    known = {(one["scan_id"], one["kind"]) for one in world.open_problems}
    run(books, sql.RAISE, world, [row for row in rows if (row["scan"], row["kind"]) not in known])
    wanted = {(row["scan"], row["kind"]) for row in read}
    judged = {
        world.scan_ids[one.key]
        for volunteer, one in every(world)
        if one.activity not in world.frozen[volunteer]
    }
    over = [
        one["id"]
        for one in world.open_problems
        if one["scan_id"] in judged and (one["scan_id"], one["kind"]) not in wanted
    ]
    if over:
        books.rows(sql.CLOSE, {"ids": over, "now": world.gate.now})


def every(world: World) -> Iterable[tuple[int, Read]]:
    """Go through all scans with their person."""
    return ((volunteer, read) for volunteer, reads in world.reads.items() for read in reads)


def own_problems(world: World, plan: Plan) -> list[Row]:
    """Make the rows of items that were refused by themselves."""
    actor = world.gate.caller.actor
    rows = [
        problem(world, key=(actor, nonce), kind=one.kind, item=plan.fresh[nonce])
        for nonce, one in plan.refusals.items()
    ]
    for nonce, undone in plan.undone.items():
        item = plan.fresh[nonce]
        if undone.reason and item.sent.occurred_at:
            rows.append(undo_problem(world, item, undone.reason, undone.volunteer_id))
    return rows + [reused(world, item) for item in plan.reused]


def scan_problems(world: World, plan: Plan, unseated: set[tuple[int, int]]) -> list[Row]:
    """Make the rows of scans that were understood and do not fit to the others."""
    rows = []
    for volunteer, read in every(world):
        verdict = plan.verdicts[read.key]
        frozen = read.activity in world.frozen[volunteer]
        kind = kind_of(world, read, verdict, frozen=frozen)
        if verdict.role == "opens" and not kind and (volunteer, read.activity) in unseated:
            kind = "no_place"
        if kind:
            rows.append(read_problem(world, volunteer, read, kind))
    return rows


def kind_of(world: World, read: Read, verdict: Verdict, *, frozen: bool) -> str | None:
    """Return the problem of one scan. What the screen refused at once was seen by whom it met."""
    if frozen:
        return verdict.kind if read.new else None
    told = read.key in world.live and verdict.kind in {"out_without_in", "overlap"}
    return verdict.kind if read.offline or told else None


def read_problem(world: World, volunteer: int, read: Read, kind: str) -> Row:
    """Make the row of a problem of a scan that was read and understood."""
    scan = world.scan_ids[read.key]
    detail = {"action": read.action, "at": read.at.isoformat()}
    row = {"key": f"{kind}:{scan}", "activity": read.activity, "kind": kind, "scan": scan}
    return row | {"volunteer": volunteer, "actor": read.actor, "device": read.device,
                  "detail": detail}  # fmt: skip


def problem(world: World, *, key: tuple[str, str], kind: str, item: Item) -> Row:
    """Make the row of a problem of an item that was refused by itself."""
    scan = world.scan_ids[key]
    refusal = {"action": item.sent.action, "at": item.moment.isoformat()}
    refusal |= {"occurred_at": (item.sent.occurred_at or item.moment).isoformat()}
    row = {"key": f"{kind}:{scan}", "activity": world.place["id"], "kind": kind, "scan": scan}
    return row | {"volunteer": item.volunteer_id, "actor": key[0], "device": item.sent.device,
                  "detail": refusal}  # fmt: skip


def undo_problem(world: World, item: Item, reason: str | None, volunteer: int | None) -> Row:
    """Make the row of an undo that came too late, or after people had decided."""
    actor = world.gate.caller.actor
    detail = {"action": "undo", "reason": reason, "at": item.moment.isoformat()}
    row = {"key": f"undo:{actor}:{item.sent.nonce}", "activity": world.place["id"], "scan": None}
    return row | {"kind": "refused", "volunteer": volunteer, "actor": actor,
                  "device": item.sent.device, "detail": detail}  # fmt: skip


def reused(world: World, item: Item) -> Row:
    """Make the row of an item whose nonce stands for another scan already."""
    actor, sent = world.gate.caller.actor, item.sent
    detail = {"action": sent.action, "reason": "key_reused", "at": item.moment.isoformat()}
    key = f"reused:{actor}:{sent.nonce}:{sent.action}:{sent.hash.hex()[:16]}"
    row = {"key": key, "activity": world.place["id"], "kind": "refused", "scan": None}
    return row | {"volunteer": item.volunteer_id, "actor": actor, "device": sent.device,
                  "detail": detail}  # fmt: skip


def watch_gaps(books: Books, world: World, plan: Plan) -> None:
    """List the numbers of a device that never came; those that come later close their row."""
    highest: dict[str, int] = {}
    for item in plan.fresh.values():
        if item.sent.device and item.sent.seq is not None:
            device = item.sent.device
            highest[device] = max(highest.get(device, 0), item.sent.seq)
    for device, upto in highest.items():
        mine = {"device": device}
        missing = books.rows(sql.GAPS, mine | {"upto": upto})
        rows = {row["key"]: row for row in (gap_row(world, device, one) for one in missing)}
        known = {row["key"]: row["id"] for row in books.rows(sql.OPEN_GAPS, mine)}
        over = [known[key] for key in known if key not in rows and ends(key) <= upto]
        run(books, sql.RAISE, world, [rows[key] for key in rows if key not in known])
        if over:
            books.rows(sql.CLOSE, {"ids": over, "now": world.gate.now})


def gap_row(world: World, device: str, missing: Row) -> Row:
    """Make the row of a gap."""
    actor, first, last = world.gate.caller.actor, missing["first"], missing["last"]
    key = f"gap:{device}:{first}-{last}"
    row = {"key": key, "activity": world.place["id"], "kind": "gap", "scan": None}
    detail = {"first": first, "last": last}
    return row | {"volunteer": None, "actor": actor, "device": device, "detail": detail}


def ends(key: str) -> int:
    """Return the last number of a gap, from its key."""
    return int(key.rpartition("-")[2])


def tell_uploaded(books: Books, gate: Gate, place: Mapping[str, Any], batch: Batch) -> None:
    """Tell that a queue came; one that said nothing new was told before."""
    if batch.duplicates == len(batch.done):
        return
    said = {
        "activity": place["code"],
        "business_day": place["business_day"].isoformat(),
        "scans": len(batch.done),
        "accepted": batch.accepted,
        "duplicates": batch.duplicates,
        "problems": len(batch.problems),
        "by": gate.caller.actor,
    }
    params = {"subject": place["code"], "said": json.dumps(said), "now": gate.now}
    books.rows(sql.UPLOADED, params)
