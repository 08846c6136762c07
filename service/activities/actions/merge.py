"""A gate's queue becomes stays: nothing is dropped, and the order of arrival plays no part.

The whole queue is one transaction. Everybody in it is locked, all their scans are read, and their
stays are worked out anew (`stays.fold`); what changed is written in a handful of statements.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from psycopg.rows import dict_row
from sqlmodel import Session

from service import programmes
from service.activities import stays
from service.activities.actions.aftermath import tell_uploaded, write_all
from service.activities.actions.gate import OVER, Answer, Gate, Sent, check_keeper, look
from service.activities.actions.queue import Item, Refusal, Sending, read_items, refusal_of
from service.activities.actions.watching import look_for_bursts
from service.activities.queries import merge as sql
from service.activities.refusals import UnknownActivity
from service.activities.stays import Frozen, Read, Setting, Stay, Verdict
from service.clock import business_day
from service.db import driver


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one item: the answer, and the kind of the problem that a person will see."""

    sent: Sent
    answer: Answer
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of an uploaded queue, item by item in the order in which it was sent."""

    done: list[Done]

    @property
    def accepted(self) -> int:
        """How many took effect now, and nobody needs to look at."""
        fresh = (one for one in self.done if not self.again(one))
        return sum(one.answer.status == "ok" and one.kind is None for one in fresh)

    @property
    def duplicates(self) -> int:
        """How many were known before, or said what was known."""
        return sum(self.again(one) for one in self.done)

    @property
    def problems(self) -> list[Done]:
        """Those that took no effect, or that a person should look at."""
        return [one for one in self.done if one.answer.status != "ok" or one.kind]

    @staticmethod
    def again(one: Done) -> bool:
        """Tell whether an item said nothing new."""
        return one.answer.replayed or one.answer.already


def scan_batch(gate: Gate, queue: Sequence[Sent], sending: Sending | None = None) -> Batch:
    """Take a queue of one activity; a lost answer is no loss, the same again is all duplicates.

    A leader who is suspended from leading sends nothing: the recorder takes the saved file.
    Raises NotYours, SuspendedFromLeading, UnknownActivity.
    """
    place = look(gate, queue[0].activity or "", None, gate.now)
    if not place:
        raise UnknownActivity
    check_keeper(gate.caller, place, today=business_day(gate.now))
    items = read_items(gate, queue, sending or Sending())
    work = take_in if sending is None else take_and_tell  # one scan by itself is no queue
    return Batch(gate.database.atomic(partial(work, gate=gate, place=place, items=items)))


@dataclass(frozen=True, slots=True)
class Books:
    """Statements of one transaction by the driver itself: a tenth of the session's price."""

    session: Session

    def rows(self, statement: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""
        with driver(self.session).cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, params).fetchall()


@dataclass(frozen=True, slots=True)
class Back:
    """That a scan was taken back: by whom, at which device, and when."""

    actor: str
    device: str | None
    at: datetime

    def names(self, read: Read) -> bool:
        """Tell whether a scan of this nonce is the one: of the same device, or hand without one."""
        return self.actor == read.actor if read.device is None else self.device == read.device


@dataclass(slots=True)
class World:
    """All that decides over the people of a queue, as it stands under their locks."""

    gate: Gate
    place: Mapping[str, Any]
    undo_within: timedelta
    people: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    scanned: dict[str, dict[str, Any]] = field(default_factory=dict)  # what undos name
    reads: dict[int, list[Read]] = field(default_factory=lambda: defaultdict(list))
    scan_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    live: set[tuple[str, str]] = field(default_factory=set)  # scans whose screen said "ok"
    current: dict[int, dict[int, Stay]] = field(default_factory=lambda: defaultdict(dict))
    statuses: dict[tuple[int, int], str] = field(default_factory=dict)
    frozen: dict[int, dict[int, Frozen]] = field(default_factory=lambda: defaultdict(dict))
    closes: dict[int, Any] = field(default_factory=dict)
    undos: dict[str, list[Back]] = field(default_factory=lambda: defaultdict(list))  # by scan
    open_problems: list[dict[str, Any]] = field(default_factory=list)


def take_in(
    session: Session, *, gate: Gate, place: Mapping[str, Any], items: Sequence[Item]
) -> list[Done]:
    """Judge and write a queue in one transaction; answers in the order of the items."""
    books = Books(session)
    world = read_world(session, books, gate=gate, place=place, items=items)
    first = {item.sent.nonce: item for item in reversed(items)}
    fresh = {nonce: item for nonce, item in first.items() if nonce not in world.answered}
    refusals: dict[str, Refusal] = {}
    for item in fresh.values():
        if item.sent.action != "undo":
            hear(world, item, refusals)
    undone = hear_undos(world, [one for one in fresh.values() if one.sent.action == "undo"])
    folded = {volunteer: fold(world, volunteer) for volunteer in world.people}
    verdicts = {key: one for each in folded.values() for key, one in each.verdicts.items()}
    plan = Plan(fresh, refusals, undone, folded, verdicts, reused(world, items, fresh))
    unseated = write_all(books, world, plan)
    if fresh:
        look_for_bursts(session, now=gate.now, activity_ids=[place["id"]])
    answers = {nonce: answer(world, plan, item, unseated) for nonce, item in fresh.items()}
    return [reply(world, item, answers, fresh) for item in items]


def take_and_tell(
    session: Session, *, gate: Gate, place: Mapping[str, Any], items: Sequence[Item]
) -> list[Done]:
    """Take a queue in and tell that it came; one that said nothing new is told nobody."""
    done = take_in(session, gate=gate, place=place, items=items)
    tell_uploaded(Books(session), gate, place, Batch(done))
    return done


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: new items, those refused by themselves, undos, and all stays."""

    fresh: Mapping[str, Item]
    refusals: Mapping[str, Refusal]
    undone: Mapping[str, "Undone"]
    folded: Mapping[int, stays.Folded]
    verdicts: Mapping[tuple[str, str], Verdict]
    reused: Sequence[Item]  # whose nonce stands for another scan


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: nothing but `reason` says why it did not."""

    reason: str | None = None
    already: bool = False
    volunteer_id: int | None = None


def read_world(
    session: Session, books: Books, *, gate: Gate, place: Mapping[str, Any], items: Sequence[Item]
) -> World:
    """Lock everybody in the queue, then read all that is known of them."""
    figures = programmes.rule_set(session, place["programme_id"], place["business_day"])
    world = World(gate, place, timedelta(minutes=figures.undo_minutes))
    mine: dict[str, Any] = {"actor": gate.caller.actor}
    mine["devices"] = sorted({item.sent.device for item in items if item.sent.device})
    undoes = [item.sent.undoes for item in items if item.sent.undoes]
    if undoes:
        found = books.rows(sql.WHO_WAS_SCANNED, mine | {"nonces": undoes})
        world.scanned = {row["nonce"]: row for row in found}
    ids = {item.volunteer_id for item in items}
    ids |= {row["volunteer_id"] for row in world.scanned.values()}
    params = {"people": sorted(one for one in ids if one), "activity": place["id"]}
    params |= {name: place[name] for name in ("opens_at", "closes_at")}
    books.rows(sql.LOCK, params)
    nonces = [item.sent.nonce for item in items]
    said = books.rows(sql.ANSWERED, mine | {"nonces": nonces})
    world.answered = {row["nonce"]: row for row in said}
    world.people = {row["id"]: row for row in books.rows(sql.PEOPLE, params)}
    world.closes[place["id"]] = place["closes_at"]
    read_stays(books, world, params)
    read_scans(books, world, params)
    for row in books.rows(sql.UNDONE, {"activities": list(world.closes)}):
        world.undos[row.pop("scan_nonce")].append(Back(**row))
    world.open_problems = books.rows(sql.OPEN, params)
    return world


def read_stays(books: Books, world: World, params: Mapping[str, Any]) -> None:
    """Read everybody's stays around the activity, and lock them; some are decided for good."""
    for row in books.rows(sql.STAYS, params):
        volunteer, activity = row["volunteer_id"], row["activity_id"]
        stay = Stay(activity=activity, **{name: row[name] for name in KEPT})
        world.closes[activity] = row["closes_at"]
        world.current[volunteer][activity] = stay
        world.statuses[volunteer, activity] = row["status"]
        if row["status"] == "confirmed" or row["activity_status"] in OVER:
            world.frozen[volunteer][activity] = Frozen(stay, "confirmed")
        elif row["amended"] or "C4" in {row["in_way"], row["out_way"]}:
            world.frozen[volunteer][activity] = Frozen(stay, "decided")
    if world.place["status"] in OVER - {"cancelled"}:
        for volunteer in world.people:
            world.frozen[volunteer].setdefault(world.place["id"], Frozen(None, "confirmed"))


KEPT = ("kind", "in_at", "in_way", "in_actor", "out_at", "out_way", "out_actor",
        "assurance", "offline")  # fmt: skip


def read_scans(books: Books, world: World, params: Mapping[str, Any]) -> None:
    """Read everybody's scans around the activity. A stay that none of them opened is left alone."""
    opened: set[tuple[int, int, Any]] = set()
    for row in books.rows(sql.SCANS, params):
        volunteer, activity = row["volunteer_id"], row["activity_id"]
        read = Read(activity, **{name: row[name] for name in READ})
        world.reads[volunteer].append(read)
        world.scan_ids[read.key] = row["id"]
        world.closes[activity] = row["closes_at"]
        opened.add((volunteer, activity, read.at))
        if row["status"] == "ok":
            world.live.add(read.key)
        if row["activity_status"] in OVER:
            world.frozen[volunteer].setdefault(activity, Frozen(None, "confirmed"))
    for volunteer, known in world.current.items():
        for activity, stay in known.items():
            if (volunteer, activity, stay.in_at) not in opened:
                world.frozen[volunteer].setdefault(activity, Frozen(stay, "decided"))


READ = ("at", "action", "actor", "nonce", "way", "assurance", "device", "offline")


def hear(world: World, item: Item, refusals: dict[str, Refusal]) -> None:
    """Add one new item to what was read of its person, unless something stands against it."""
    person = world.people.get(item.volunteer_id or 0)
    refusal = refusal_of(item, person, world.place, world.gate.now)
    if refusal:
        refusals[item.sent.nonce] = refusal
        return
    read = Read(
        world.place["id"],
        item.moment,
        item.sent.action,
        world.gate.caller.actor,
        item.sent.nonce,
        device=item.sent.device,
        offline=True,
        new=True,
    )
    world.reads[item.volunteer_id or 0].append(read)


def hear_undos(world: World, undos: Sequence[Item]) -> dict[str, Undone]:
    """Judge new undos; those that count are added to the others."""
    named = {item.sent.undoes for item in undos}
    reads = [(who, one) for who, of in world.reads.items() for one in of if one.nonce in named]
    said: dict[str, Undone] = {}
    for item in sorted(undos, key=lambda one: (one.moment, one.sent.nonce)):
        back, nonce = Back(world.gate.caller.actor, item.sent.device, item.moment), item.sent.undoes
        found = (one for one in reads if one[1].nonce == nonce and back.names(one[1]))
        said[item.sent.nonce] = done = judge_undo(world, item, next(found, None))
        if done.reason is None:
            world.undos[nonce or ""].append(back)
    return said


def judge_undo(world: World, item: Item, found: tuple[int, Read] | None) -> Undone:
    """Say what an undo does. One whose scan did not come yet waits for it."""
    if found is None:
        before = world.scanned.get(item.sent.undoes or "")
        known = before is not None or item.sent.undoes in world.answered
        waits = item.sent.occurred_at is not None
        return Undone(None if known or waits else "unknown_scan", already=known,
                      volunteer_id=before["volunteer_id"] if before else None)  # fmt: skip
    volunteer, read = found
    if read.activity != world.place["id"]:
        return Undone("unknown_scan")
    if read.activity in world.frozen[volunteer]:
        return Undone("confirmed", volunteer_id=volunteer)
    if item.moment - read.at > world.undo_within:
        return Undone("too_late", volunteer_id=volunteer)
    return Undone(already=read.key in taken_back(world, volunteer), volunteer_id=volunteer)


def taken_back(world: World, volunteer: int) -> set[tuple[str, str]]:
    """Return the scans of a person that were undone in time, where they were made."""
    return {
        read.key
        for read in world.reads[volunteer]
        for back in world.undos.get(read.nonce, ())
        if back.names(read) and back.at - read.at <= world.undo_within
    }


def fold(world: World, volunteer: int) -> stays.Folded:
    """Work out one person's stays from all that was read."""
    setting = Setting(world.closes, world.frozen[volunteer], taken_back(world, volunteer))
    return stays.fold(world.reads[volunteer], setting)


def reused(world: World, items: Sequence[Item], fresh: Mapping[str, Item]) -> list[Item]:
    """Return the items whose nonce was used for another scan: kept on the list, never dropped."""
    return [item for item in items if other_scan(world, item, fresh)]


def other_scan(world: World, item: Item, fresh: Mapping[str, Item]) -> bool:
    """Tell whether a nonce stands for another code or another action."""
    if known := world.answered.get(item.sent.nonce):
        hashed = known["code_hash"]
        other = hashed is not None and bytes(hashed) != item.sent.hash
        return other or bool(known["action"] != item.sent.action)
    first = fresh[item.sent.nonce].sent
    return (first.action, first.hash) != (item.sent.action, item.sent.hash)


def answer(world: World, plan: Plan, item: Item, unseated: set[tuple[int, int]]) -> Done:
    """Say what one new item did."""
    sent, person = item.sent, world.people.get(item.volunteer_id or 0, {})
    said = partial(
        Answer,
        action=sent.action,
        activity=world.place["code"],
        title=world.place["title"],
        volunteer=person.get("code"),
        assurance="A3",
    )
    if sent.action == "undo":
        undone = plan.undone[sent.nonce]
        whose = world.people.get(undone.volunteer_id or 0, {}).get("code")
        status = "refused" if undone.reason else "ok"
        answer = said(status, undone.reason, undone.already, item.moment, volunteer=whose)
        return Done(sent, answer, "refused" if undone.reason else None)
    if refusal := plan.refusals.get(sent.nonce):
        return Done(sent, said("refused", refusal.reason, False, item.moment), refusal.kind)
    verdict = plan.verdicts[world.gate.caller.actor, sent.nonce]
    reason = verdict.reason
    at = item.moment if reason else verdict.at or item.moment
    whose = (item.volunteer_id or 0, world.place["id"])
    kind = verdict.kind or ("no_place" if verdict.role == "opens" and whose in unseated else None)
    known = world.current[whose[0]].get(whose[1])
    already = not reason and verdict.says_again(known)
    status = "refused" if reason else "ok"
    return Done(sent, said(status, reason or HINTS.get(str(kind)), already, at), kind)


# It counts, and somebody should know why the plan did not hold.
HINTS = {"no_place": "activity_full"}


def reply(world: World, item: Item, answers: Mapping[str, Done], fresh: Mapping[str, Item]) -> Done:
    """Return an item's own answer, or the first one to its nonce."""
    if fresh.get(item.sent.nonce) is item:
        return answers[item.sent.nonce]
    if other_scan(world, item, fresh):
        answer = Answer("refused", "unknown_code", False, item.moment, item.sent.action)
        return Done(item.sent, answer, "refused")
    first = world.answered.get(item.sent.nonce)
    if first is None:
        known = answers[item.sent.nonce]
        return Done(item.sent, replace(known.answer, replayed=True), known.kind)
    answer = Answer(
        first["status"],
        first["reason"] or HINTS.get(str(first["kind"])),
        first["already"],
        first["at"],
        action=first["action"],
        activity=world.place["code"],
        title=world.place["title"],
        volunteer=first["volunteer"],
        replayed=True,
    )
    return Done(item.sent, answer, first["kind"])
