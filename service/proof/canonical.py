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

_SHORT = 1024
_LENGTHS = [pack(">I", length) for length in range(_SHORT)]
_ESCAPED = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r"}
_MEANT = {
    b"\\": b"\\", b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v",
}  # fmt: skip


class BadEscape(ValueError):
    """A backslash stands before a character that COPY does not escape."""


def leaf_hash(fields: Sequence[bytes]) -> bytes:
    """Hash a record: every field after its length, so that no two records share their bytes."""
    parts = [LEAF + VERSION] * (2 * len(fields) + 1)
    parts[2::2] = fields
    try:
        parts[1::2] = map(_LENGTHS.__getitem__, map(len, fields))
    except IndexError:
        parts[1::2] = [pack(">I", len(field)) for field in fields]
    return sha256(b"".join(parts)).digest()


def escape(field: bytes) -> bytes:
    """Write a field as PostgreSQL's COPY does, so that tabs and line ends only separate."""
    return re.sub(rb"[\\\t\n\r]", lambda found: _ESCAPED[found[0]], field)


def unescape(field: bytes) -> bytes:
    """Read a field as PostgreSQL's COPY would; raises BadEscape."""
    try:
        return re.sub(rb"\\(.?)", lambda found: _MEANT[found[1]], field, flags=re.DOTALL)
    except KeyError as unknown:
        raise BadEscape(f"unknown escape \\{unknown.args[0].decode(errors='replace')}") from None
