"""Tables of programmes. Rule sets are adopted, never edited: migration 0003 has the trigger."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict
from service.i18n import N_


class NoRuleSet(Conflict):
    """No adopted rules count on the day asked for."""

    slug, title = "no-rule-set", N_("No rules are in force on that day")
    detail = N_("Adopt a rule set that begins on or before {day}.")


class Programme(Model, table=True):
    """One loop of service and redemption, with its own points, ledger and rules."""

    __tablename__ = "programmes"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    # All three or none: since when nobody may change anything of it, who said so, and why.
    locked_at: datetime | None = Field(default=None, sa_type=Instant)
    locked_by: str | None = Field(default=None, sa_type=Text)
    lock_reason: str | None = Field(default=None, sa_type=Text)


class RuleSetRow(Model, table=True):
    """One adopted version of the rules, as it was written; `rules.parse` gives it types."""

    __tablename__ = "programmes_rule_sets"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        UniqueConstraint("programme_id", "effective_from"),
    )

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    code: str = Field(sa_type=Text)
    effective_from: date
    effective_to: date | None = None
    figures: dict[str, Any] = Field(sa_type=JSONB)
    digest: str = Field(sa_type=Text)
