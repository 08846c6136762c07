"""From the text of a file to a checked data set, or to every fault in it."""

import json
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any, NoReturn

from marshmallow import ValidationError

from service.i18n import N_
from service.seed.faults import Fault, Refused, from_messages
from service.seed.references import judge
from service.seed.schemas import DataSet

Data = dict[str, Any]
LISTS = ("staff", "activity_templates", "teams", "shops", "activities", "volunteers")


def read(text: str) -> Data:
    """Return the data set of a file's text. Raises Refused with every fault.

    Faults between the parts are looked for only in a file of the right shape.
    """
    given = parse(text)
    schema = DataSet()
    try:
        data: Data = schema.load(given)
    except ValidationError as error:
        raise Refused(from_messages(error.messages)) from error
    if faults := list(judge(data)):
        raise Refused(faults)
    figures = json.loads(text)["rules"]  # word for word, with plain numbers
    return data | {"figures": figures, "digests": digests(given)}


def parse(text: str) -> Any:
    """Read strict JSON: no key twice, no NaN; fractions stay exact."""
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=once_each
        )
    except ValueError as error:
        raise Refused([Fault("", N_("This is not JSON: {why}"), {"why": str(error)})]) from error


def refuse(constant: str) -> NoReturn:
    """Refuse what Python's reader takes beyond JSON."""
    raise ValueError(constant)


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: one of the two would be lost without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice: " + ", ".join(sorted(twice(pairs))))
    return found


def twice(pairs: list[tuple[str, Any]]) -> set[str]:
    """Return the keys that stand more than once."""
    keys = [key for key, _ in pairs]
    return {key for key in keys if keys.count(key) > 1}


def digests(given: dict[str, Any]) -> dict[str, str]:
    """Return a short digest of every part, by which another file can be compared with this one."""
    return {where: digest(part) for where, part in parts(given)}


def parts(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a file that count, each with its name."""
    for key in ("org", "rules", "booklets"):
        yield key, given.get(key)
    for key in LISTS:
        for part in given.get(key, ()):
            yield f"{key}/{part.get('id') or part.get('code')}", part


def digest(part: Any) -> str:
    """Return twelve characters that differ when a part differs."""
    said = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return sha256(said.encode()).hexdigest()[:12]
