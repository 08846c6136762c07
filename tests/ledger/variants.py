"""The same request with one field changed: what must never pass for a retry."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from service.ledger import Kind, Leg, Unit
from tests.ledger.model import Call

OTHER_KIND = {Kind.REVERSE: Kind.VOID, Kind.VOID: Kind.REVERSE}  # of what verbs can post


def changed(call: Call) -> list[tuple[str, Call]]:
    """Return the same call with one field changed, for every field that there is."""
    reason = call.reason
    day, instant = timedelta(days=1), timedelta(microseconds=1)
    reasons = {
        "actor": replace(reason, actor=reason.actor + "2"),
        "source": replace(reason, source=reason.source + "2"),
        "occurred_at": replace(reason, occurred_at=reason.occurred_at + instant),
        "business_day": replace(reason, business_day=reason.business_day + day),
        "lot_expires_on": replace(
            reason, lot_expires_on=(reason.lot_expires_on or date(2027, 1, 31)) + day
        ),
        "effective_on": replace(
            reason, effective_on=(reason.effective_on or reason.business_day) + day
        ),
        "memo": replace(reason, memo={**reason.memo, "more": 1}),
    }
    found = [(name, replace(call, reason=other)) for name, other in reasons.items()]
    for name, value in call.given.items():
        found += [
            (label, replace(call, given={**call.given, name: other}))
            for label, other in changed_value(name, value)
        ]
    return found


def changed_value(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return other values that a field of a call could have had."""
    match value:
        case bool():
            return [(name, not value)]
        case Kind():
            return [(name, OTHER_KIND.get(value, Kind.OPEN))]
        case int():
            return [(name, value + 1)]
        case datetime():
            return [(name, value + timedelta(microseconds=1))]
        case None:
            return [(name, (Leg("a", Unit.PTS, 1), Leg("b", Unit.PTS, -1)))]
    assert isinstance(value, tuple)
    other = Unit.CNY if value[0].unit is Unit.PTS else Unit.PTS
    return [
        ("address", (replace(value[0], address=value[0].address + "2"), *value[1:])),
        ("unit", (replace(value[0], unit=other), *value[1:])),
        ("amount", (replace(value[0], amount=value[0].amount - 1), *value[1:])),
        ("legs doubled", tuple(replace(leg, amount=leg.amount * 2) for leg in value)),
        ("a leg less", value[:-1]),
        ("a leg more", (*value, Leg("another", Unit.PTS, 1))),
        ("no legs", ()),
    ]
