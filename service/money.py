"""Yuan as people type them; everything else counts in fen."""

import re

from marshmallow import ValidationError

from service.i18n import N_

YUAN = re.compile(r"([-−])?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2}))?")
NONE = N_("Not an amount in yuan, such as 12 or 12.50.")


def fen_of(word: str, field: str, *, signed: bool = False) -> int:
    """Read yuan, 12 or 12.50 or ¥1,200, as fen; below zero only if `signed`.

    Raises ValidationError, which names the field.
    """
    found = YUAN.fullmatch(word.strip().replace("¥", ""))
    if found is None or (found[1] and not signed):
        raise ValidationError({field: [NONE]})
    fen = int(found[2].replace(",", "")) * 100 + int((found[3] or "").ljust(2, "0"))
    return -fen if found[1] else fen
