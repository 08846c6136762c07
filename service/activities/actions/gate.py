"""The gate's hot path: a code is read, judged and written down in three round trips.

Every outcome is an answer, and every scan is kept, refused ones too. Only a caller who may not
stand at this gate at all is refused outright.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from service import passes, people
from service.activities import rules
from service.activities.queries.gate import GUESSES, LOOK, SCAN
from service.activities.refusals import NotYours, SuspendedFromLeading, UnknownActivity
from service.clock import business_day
from service.db import Database
from service.errors import KeyReused

# Per caller: what a hand mistypes is less, what a script tries is more.
GUESSES_A_MINUTE = 5
GUESSES_AN_HOUR = 30
DIGITS = re.compile(r"\d{6}")
KEEPERS = ("volunteer_admin", "community_secretary")
OVER = {"cancelled", "confirmed", "noticed", "archived"}


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a scan arrives, from whom, and when."""

    database: Database
    keys: passes.Keyring
    caller: people.Caller
    now: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """One reading as the scanner sent it. The nonce is made once and kept for every retry."""

    code: str
    action: str  # in | out | audience
    nonce: str
    activity: str | None = None
    occurred_at: datetime | None = None  # when it was read, if it could not be sent at once
    seq: int | None = None
    device: str | None = None
    post: str | None = None  # for somebody who holds no place
    undoes: str | None = None  # the nonce of the scan that is taken back
    clock_offset_ms: int | None = None  # our clock less the device's, as the device knew it
    uptime_ms: int | None = None
    boot: str | None = None

    @property
    def hash(self) -> bytes:
        """What is kept of the code, and what a nonce stands for."""
        return sha256(f"{self.activity or ''}|{self.code}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the screen says. A replayed one is the first answer to the same nonce."""

    status: str  # ok | refused
    reason: str | None
    already: bool
    at: datetime
    action: str
    activity: str | None = None
    title: str | None = None
    volunteer: str | None = None
    elsewhere: str | None = None  # the activity that somebody is still checked in at
    replayed: bool = False
    walk_in: bool = False
    post: str | None = None  # that a walk-in was given
    assurance: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be written: who, where, in which way, and why not."""

    row: Mapping[str, Any]  # what LOOK found; empty when the code names nothing of ours
    volunteer_id: int | None
    way: str
    refusal: str | None
    may_admit: bool = False
    assurance: str = "A2"


def scan(gate: Gate, sent: Sent) -> Answer:
    """Answer one scan of this moment: one's own of the place's code, or a keeper's of a person.

    Raises NotYours, UnknownActivity, KeyReused (a nonce with another code or action).
    """
    reading = gate.keys.read(sent.code)
    place = reading is not None and reading.kind in {"onsite", "activity"}
    own = place or DIGITS.fullmatch(sent.code) is not None
    return write(gate, sent, judge_own(gate, sent, reading) if own else judge_person(gate, sent))


def look(gate: Gate, activity: str, volunteer_id: int | None, at: datetime) -> Mapping[str, Any]:
    """Read everything that decides a scan in one statement; empty for an unknown activity."""
    params = {"activity": activity, "volunteer": volunteer_id, "at": at}
    return gate.database.call(LOOK, params) or {}


def judge_own(gate: Gate, sent: Sent, reading: passes.Reading | None) -> Judged:
    """Judge somebody's own scan of the place's code (C2) or the digits shown there (C3)."""
    me = gate.caller.volunteer_id
    if me is None:
        raise NotYours
    named = reading.id if reading else sent.activity
    row = look(gate, named, me, gate.now) if named else {}
    way = "C2" if reading and reading.kind == "onsite" else "C3"
    refusal = judge_place(gate, sent, reading, row) or judge(gate, sent, row, may_admit=False)
    poster = reading is not None and reading.kind == "activity"  # seen anywhere, at any time
    return Judged(row, me, way, refusal, assurance="A1" if poster else "A2")


def judge_place(
    gate: Gate, sent: Sent, reading: passes.Reading | None, row: Mapping[str, Any]
) -> str | None:
    """Return why a code of the place does not prove that somebody is there, or None."""
    if not row:
        return "unknown_code"
    secret = row["onsite_secret"]
    if reading is None:
        if guesses_too_much(gate, sent):
            return "code_expired"
        shown = passes.check_digits(gate.keys, secret, row["code"], sent.code, at=gate.now)
        return None if shown else "code_expired"
    if reading.kind == "activity":
        return "needs_onsite_code"
    verdict = passes.check_onsite(gate.keys, secret, reading, at=gate.now)
    return None if verdict == "ok" else verdict


def guesses_too_much(gate: Gate, sent: Sent) -> bool:
    """Tell whether this caller typed so much that was wrong that the next hit would be luck."""
    params = {"actor": gate.caller.actor, "now": gate.now, "nonce": sent.nonce}
    wrong = gate.database.call(GUESSES, params) or {"minute": 0, "hour": 0}
    return bool(wrong["minute"] >= GUESSES_A_MINUTE or wrong["hour"] >= GUESSES_AN_HOUR)


def resolve(gate: Gate, sent: Sent) -> passes.Seen | passes.Unreadable:
    """Say whose code was read. Typed numbers can be guessed, so wrong ones are counted."""
    reading = gate.keys.read(sent.code)
    if reading is not None and reading.kind == "number" and guesses_too_much(gate, sent):
        return passes.Unreadable("too many wrong numbers")
    return passes.resolve(gate.database, gate.keys, sent.code, at=gate.now)


def judge_person(gate: Gate, sent: Sent) -> Judged:
    """Judge a keeper's scan of a person's pass, card or number (C1)."""
    seen = resolve(gate, sent)
    known = seen.volunteer_id if isinstance(seen, passes.Seen) else None
    row = look(gate, sent.activity or "", known, gate.now)
    if not row:
        raise UnknownActivity
    check_keeper(gate.caller, row, today=business_day(gate.now))
    if isinstance(seen, passes.Unreadable):
        return Judged(row, None, "C1", seen.reason, assurance="A3")
    bad = None if seen.status == "ok" else seen.status
    refusal = bad or judge(gate, sent, row, may_admit=True)
    return Judged(row, known, "C1", refusal, may_admit=True, assurance="A3")


def check_keeper(caller: people.Caller, row: Mapping[str, Any], *, today: date) -> None:
    """Let the leader, the community's recorder or its gate tablet scan others.

    Raises NotYours, SuspendedFromLeading.
    """
    leads = caller.volunteer_id is not None and caller.volunteer_id == row["leader_id"]
    keeps = any((role, row["community"]) in caller.roles for role in KEEPERS)
    gate = caller.profile == "gate" and caller.community_id == row["community_id"]
    if not (leads or keeps or gate):
        raise NotYours
    until = row["leads_not_until"]
    if leads and not (keeps or gate) and until is not None and today <= until:
        raise SuspendedFromLeading(until=until)


def judge(gate: Gate, sent: Sent, row: Mapping[str, Any], *, may_admit: bool) -> str | None:
    """Return the first reason against this person here and now, in the protocol's order."""
    window = rules.Window(*(row[name] for name in WINDOW))
    if row["home_id"] != row["community_id"]:
        return "wrong_community"
    if sent.action == "in" and row["elsewhere"] is not None:
        return "overlap"
    if row["attendance"] is not None and sent.action != "out":
        return None  # already in: the write says since when
    if moment := rules.judge_moment(window, sent.action, gate.now, gate.now):
        return moment
    if row["attendance"] is None and row["status"] in OVER:
        return "window_closed"
    return None if sent.action == "out" else judge_coming(sent, row, may_admit=may_admit)


WINDOW = ("starts_at", "ends_at", "opens_at", "late_at", "closes_at")
HOLDS_A_PLACE = {"confirmed", "no_show", "came"}


def judge_coming(sent: Sent, row: Mapping[str, Any], *, may_admit: bool) -> str | None:
    """Return why somebody takes part no more, or may not come in to serve; leaving is free."""
    if row["withdrawn"]:
        return "withdrawn"
    return judge_entry(row, may_admit=may_admit) if sent.action == "in" else None


def judge_entry(row: Mapping[str, Any], *, may_admit: bool) -> str | None:
    """Return why somebody may not come in: no place, or too young. The leader always may."""
    if row["volunteer_id"] == row["leader_id"]:
        return None
    if row["signup"] not in HOLDS_A_PLACE and not may_admit:
        return "not_signed_up"
    young = rules.too_young(
        people.age_floor(row["age_band"]),
        guardian_consent=row["guardian_consent"],
        adults_only=row["adults_only"],
    )
    return "under_age" if young else None


def write(gate: Gate, sent: Sent, judged: Judged) -> Answer:
    """Keep the scan, let it take effect, and answer what the database made of it."""
    row, caller = judged.row, gate.caller
    done = gate.database.call(
        SCAN,
        {
            "activity": row.get("id"),
            "volunteer": judged.volunteer_id,
            "action": sent.action,
            "way": judged.way,
            "assurance": judged.assurance,
            "hash": sent.hash,
            "refusal": judged.refusal,
            "may_admit": judged.may_admit,
            "post": sent.post,
            "age": people.age_floor(row["age_band"]) if row.get("age_band") else 0,
            "qualified": bool(row.get("qualified")),
            "actor": caller.actor,
            "device": sent.device,
            "seq": sent.seq,
            "nonce": sent.nonce,
            "now": gate.now,
        },
    )
    assert done is not None
    if not done.pop("same"):
        raise KeyReused
    fresh = done["status"] == "ok" and not done["already"]
    walked = fresh and judged.may_admit and sent.action == "in" and not leads(row)
    return Answer(
        **done,
        action=sent.action,
        activity=row.get("code"),
        title=row.get("title"),
        volunteer=row.get("volunteer"),
        elsewhere=row.get("elsewhere"),
        walk_in=walked and row.get("signup") not in HOLDS_A_PLACE,
        assurance=judged.assurance,
    )


def leads(row: Mapping[str, Any]) -> bool:
    """Tell whether the person scanned is the activity's leader."""
    return row["volunteer_id"] is not None and row["volunteer_id"] == row["leader_id"]
