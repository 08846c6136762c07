"""Consents: five switches of a volunteer, each turned by somebody, on a text of some version.

A row is added at every turn and never changed; the newest of a purpose is where its switch stands.
`people_volunteers.consent_notice` and `.withdrawn_at` follow by a trigger: see migration 0041.
"""

from service.consents.actions import Turn, turn
from service.consents.models import (
    Consent,
    GuardianAsked,
    MinorsStayOut,
    OldText,
    Purpose,
    Way,
)
from service.consents.queries import Switch, history, switches
from service.consents.texts import Text, current, text

__all__ = [
    "Consent",
    "GuardianAsked",
    "MinorsStayOut",
    "OldText",
    "Purpose",
    "Switch",
    "Text",
    "Turn",
    "Way",
    "current",
    "history",
    "switches",
    "text",
    "turn",
]
