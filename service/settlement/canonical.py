"""One way to write figures as bytes, so that two readers compute one digest. Pure."""

import json
from hashlib import sha256
from typing import Any

HEX = 64


def canonical(said: Any) -> bytes:
    """Write figures as JSON: names sorted, no blanks, UTF-8; whole numbers and texts only."""
    return json.dumps(
        said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(said: Any) -> str:
    """Return the SHA-256 of what figures say, as 64 hexadecimal digits."""
    return sha256(canonical(said)).hexdigest()
