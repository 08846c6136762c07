"""The links that signatures make, and the check of them by a file alone. Pure: no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.settlement.canonical import digest
from service.settlement.rules import FOLLOWS, Step, adds_up, another

# What a signature's hash is taken over, by the name of its field.
DAY_LINK = (
    "shop", "seq", "day", "version", "step", "digest", "closed_before", "previous", "signed_by",
    "at", "by_default", "note",
)  # fmt: skip
STATEMENT_LINK = (
    "number", "nth", "step", "digest", "previous", "signed_by", "at", "by_default", "note"
)  # fmt: skip
MONTH_LINK = ("community", "month", "version", "content", "previous", "locked_by", "locked_at")


def moment(at: datetime) -> str:
    """Write a moment as a hash is taken of it."""
    return at.astimezone(UTC).isoformat()


def link(said: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the hash of a signature: of these fields and no others."""
    return digest({name: said[name] for name in names})


@dataclass(slots=True)
class Verdict:
    """What a check of a file has found."""

    faults: list[str] = field(default_factory=list)
    signatures: int = 0
    days: int = 0
    statements: int = 0
    months: int = 0

    def fault(self, where: str, what: str) -> None:
        """Note one fault."""
        self.faults.append(f"{where}: {what}")


@dataclass(slots=True)
class Books:
    """The parts of a file, by their kinds."""

    days: list[dict[str, Any]] = field(default_factory=list)
    signatures: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)
    months: list[dict[str, Any]] = field(default_factory=list)


def verify(records: Iterable[dict[str, Any]]) -> Verdict:
    """Check an export: every hash, every link, every order, every sum. A file alone is enough."""
    books, found = Books(), Verdict()
    kinds = {
        "day": books.days, "signature": books.signatures,
        "statement": books.statements, "month": books.months,
    }  # fmt: skip
    for nth, record in enumerate(records, start=1):
        kind = kinds.get(str(record.get("kind")))
        if kind is None:
            found.fault(f"line {nth}", "of no known kind")
        else:
            kind.append(record)
    for shop in sorted({one["shop"] for one in books.signatures + books.days}):
        check_chain(books, shop, found)
    for shop in sorted({one["shop"] for one in books.statements}):
        check_statements([one for one in books.statements if one["shop"] == shop], found)
    for place in sorted({one["community"] for one in books.months}):
        check_months([one for one in books.months if one["community"] == place], books, found)
    return found


def check_chain(books: Books, shop: str, found: Verdict) -> None:
    """Check a shop's signatures in their order, and that its days are what was signed."""
    chain = sorted((one for one in books.signatures if one["shop"] == shop), key=seq_of)
    days = {one["day"]: one for one in books.days if one["shop"] == shop}
    before, sealed, steps = "", "", dict[str, list[dict[str, Any]]]()
    for nth, one in enumerate(chain, start=1):
        where = f"{shop} signature {one['seq']}"
        found.signatures += 1
        for what in link_faults(one, nth, before, sealed):
            found.fault(where, what)
        follow(steps.setdefault(one["day"], []), one, where, found)
        before = one["hash"]
        if one["step"] == Step.CLOSED:
            sealed = one["hash"]
    for day in sorted(set(days) | set(steps)):
        found.days += 1
        for what in day_faults(days.get(day), steps.get(day, [])):
            found.fault(f"{shop} {day}", what)


def seq_of(one: dict[str, Any]) -> int:
    """Return where a signature stands in its chain."""
    return int(one["seq"])


def link_faults(one: dict[str, Any], nth: int, before: str, sealed: str) -> Iterator[str]:
    """Name what is wrong with a signature as a link."""
    if one["seq"] != nth:
        yield f"number {nth} is missing"
    if one["previous"] != before:
        yield "does not follow on the one before"
    if one["closed_before"] != sealed:
        yield "does not stand on the day that was closed before"
    if one["hash"] != link(one, DAY_LINK):
        yield "is not what was signed"


def follow(before: list[dict[str, Any]], one: dict[str, Any], where: str, found: Verdict) -> None:
    """Check that a signature is due where it stands, and by somebody else than those before."""
    if before and before[-1]["step"] == Step.CLOSED:
        found.fault(where, "comes after the day was closed")
    if one["step"] == Step.PREPARED:
        before.clear()
    else:
        for what in order_faults(one, before):
            found.fault(where, what)
    before.append(one)


def order_faults(one: dict[str, Any], before: list[dict[str, Any]]) -> Iterator[str]:
    """Name what speaks against a signature after those before it."""
    last = before[-1] if before else {"step": "nothing", "digest": "", "version": 0}
    if last["step"] not in FOLLOWS[Step(one["step"])]:
        yield f"{one['step']} does not follow on {last['step']}"
    if (last["digest"], last["version"]) != (one["digest"], one["version"]):
        yield "is of other figures than the signature before"
    if not another(one["signed_by"], signers(before)):
        yield "is by somebody who had signed before"


def signers(signed: list[dict[str, Any]]) -> set[str]:
    """Return who has said yes; who disagreed first may agree later."""
    return {one["signed_by"] for one in signed if one["step"] != Step.DISPUTED}


def day_faults(day: dict[str, Any] | None, signed: list[dict[str, Any]]) -> Iterator[str]:
    """Name where a day's content is not what its last signature stands under."""
    if day is None:
        yield "was signed and is missing"
        return
    last = signed[-1] if signed else {"digest": None, "step": None, "hash": None}
    closed = last["step"] == Step.CLOSED
    if digest(day["content"]) != day["digest"]:
        yield "its content is not what its digest says"
    if last["digest"] != day["digest"]:
        yield "nobody signed this content"
    if (day["step"] == Step.CLOSED) != closed:
        yield "its signatures do not say that it is closed"
    if day["seal"] != (last["hash"] if closed else None):
        yield "its seal is not that of its last signature"


def check_statements(rows: list[dict[str, Any]], found: Verdict) -> None:
    """Check a shop's statements: content, sums, signatures, and that each opens as the last closed.

    A replaced version stays in the file; what follows on a month follows on its last version.
    """
    by_digest = {one["digest"]: one for one in rows}
    for one in sorted(rows, key=lambda each: (each["month"], each["version"])):
        found.statements += 1
        content, where = one["content"], f"statement {one['number']}"
        if digest(content) != one["digest"]:
            found.fault(where, "its content is not what its digest says")
        elif not adds_up(content):
            found.fault(where, "its figures do not add up")
        check_signatures(one, where, found)
        for what in base_faults(one, by_digest):
            found.fault(where, what)


def base_faults(one: dict[str, Any], by_digest: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Name where a statement does not open as the one that it follows on has closed."""
    base = one["content"].get("follows")
    before = by_digest.get(base["digest"]) if base else None
    if base is None:
        return
    if before is None:
        yield f"follows on {base['number']}, which is missing"
        return
    if before["content"]["pledge"]["closing"] != one["content"]["pledge"]["opening"]:
        yield f"does not open with the closing of {before['number']}"
    if owed(before, "owed") != owed(one, "owed_before"):
        yield f"does not open with what {before['number']} left to be paid"


def owed(one: dict[str, Any], when: str) -> int:
    """Return what a statement says the books owed; the first format knew of nothing."""
    return int(one["content"]["dues"].get(when, 0))


def check_signatures(one: dict[str, Any], where: str, found: Verdict) -> None:
    """Check the signatures under one statement."""
    before: list[dict[str, Any]] = []
    for nth, signed in enumerate(one["signatures"], start=1):
        found.signatures += 1
        said = {**signed, "number": one["number"]}
        if signed["nth"] != nth:
            found.fault(where, f"signature {nth} is missing")
        if signed["hash"] != link(said, STATEMENT_LINK):
            found.fault(where, f"signature {nth} is not what was signed")
        if before and signed["previous"] != before[-1]["hash"]:
            found.fault(where, f"signature {nth} does not follow on the one before")
        if signed["digest"] != one["digest"]:
            found.fault(where, f"signature {nth} is of other figures")
        follow(before, {**signed, "version": one["version"]}, f"{where} signature {nth}", found)


def check_months(rows: list[dict[str, Any]], books: Books, found: Verdict) -> None:
    """Check a community's locked months: their seals, their links, and what they hold."""
    statements = {one["number"]: one["digest"] for one in books.statements}
    seals = {one["seal"] for one in rows}
    for one in sorted(rows, key=lambda each: str(each["locked_at"])):
        found.months += 1
        where = f"{one['community']} {one['month']}"
        if one["seal"] != link(one, MONTH_LINK):
            found.fault(where, "is not what was locked")
        if one["previous"] and one["previous"] not in seals:
            found.fault(where, "stands on a month that is missing")
        for number, said in one["content"]["statements"].items():
            if statements.get(number) != said:
                found.fault(where, f"statement {number} is not the one that was locked")
