"""The bytes of a record: what a leaf hashes, and how a field stands in a line of an export."""

import re
from collections.abc import Sequence
from hashlib import sha256
from struct import pack

VERSION = b"\x01"
LEAF = b"\x00"  # RFC 6962: a leaf can never be taken for a node

# The fields that every transfer begins with; entries, lot moves and hold legs follow, counted.
HEADER = (
    "id", "programme_id", "key", "request_hash", "kind", "actor", "source",
    "occurred_at", "recorded_at", "business_day", "effective_on",
    "reverses_id", "pending_id", "expires_at", "memo",
)  # fmt: skip
ENTRY = ("address", "unit", "seq", "amount", "balance")
LOT_MOVE = ("address", "unit", "expires_on", "amount")
HOLD_LEG = ("address", "unit", "amount")
DEBT_LOT = b"9999-12-31"

_FORMS: dict[bytes, bytes] = {}
_FORMS_MAX = 1 << 13
_ESCAPED = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r"}
_MEANT = {
    b"\\": b"\\", b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v",
}  # fmt: skip


class BadEscape(ValueError):
    """A backslash stands before a character that COPY does not escape."""


def leaf_hash(fields: Sequence[bytes]) -> bytes:
    """Hash a record: every field after its length, so that no two records share their bytes."""
    try:
        lengths = bytes(map(len, fields))
    except ValueError:  # one is longer than 255 bytes
        parts = [pack(">I", len(field)) + field for field in fields]
        return sha256(LEAF + VERSION + b"".join(parts)).digest()
    form = _FORMS.get(lengths)
    return sha256((form or _form(lengths)) % tuple(fields)).digest()


def _form(lengths: bytes) -> bytes:
    """Return the bytes of all records whose fields have these lengths, to be filled in.

    Records resemble each other: remembering their forms spares a third of a leaf's time.
    """
    if len(_FORMS) >= _FORMS_MAX:
        _FORMS.clear()
    prefixes = (pack(">I", length).replace(b"%", b"%%") + b"%b" for length in lengths)
    form = _FORMS[lengths] = LEAF + VERSION + b"".join(prefixes)
    return form


def escape(field: bytes) -> bytes:
    """Write a field as PostgreSQL's COPY does, so that tabs and line ends only separate."""
    return re.sub(rb"[\\\t\n\r]", lambda found: _ESCAPED[found[0]], field)


def unescape(field: bytes) -> bytes:
    """Read a field as PostgreSQL's COPY would; raises BadEscape."""
    try:
        return re.sub(rb"\\(.?)", lambda found: _MEANT[found[1]], field, flags=re.DOTALL)
    except KeyError as unknown:
        raise BadEscape(f"unknown escape \\{unknown.args[0].decode(errors='replace')}") from None
