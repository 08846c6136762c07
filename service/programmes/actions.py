"""Opening programmes and adopting rules. Each runs in the caller's transaction."""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from service.clock import SHANGHAI
from service.programmes.models import Programme, RuleSetRow
from service.programmes.rules import parse


def open_programme(session: Session, *, code: str, name: str, zone: str = SHANGHAI) -> Programme:
    """Open a programme; its code is taken once."""
    row = Programme(code=code, name=name, zone=zone)
    session.add(row)
    session.flush()
    return row


def adopt(
    session: Session,
    *,
    programme_id: int,
    code: str,
    figures: Mapping[str, Any],
    effective_from: date,
    effective_to: date | None = None,
) -> RuleSetRow:
    """Put a version of the rules in force from a day on; it is kept word for word."""
    parse(code, effective_from, figures)  # rules that cannot be read are not adopted
    row = RuleSetRow(
        programme_id=programme_id,
        code=code,
        effective_from=effective_from,
        effective_to=effective_to,
        figures=dict(figures),
        digest=digest(code, effective_from, figures),
    )
    session.add(row)
    session.flush()
    return row


def digest(code: str, effective_from: date, figures: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a rule set says, whatever the order of its keys."""
    said = [code, effective_from.isoformat(), figures]
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
