"""Who may sign up for which post. Pure: figures in, a refusal or none out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from service import people
from service.activities import rules
from service.activities.refusals import (
    OtherCommunity,
    RegistrationWithdrawn,
    SignupClosed,
    TooYoung,
)
from service.activities.signup_refusals import (
    BelowAge,
    NotInsured,
    NotQualified,
    OtherTeam,
    RiskNotAgreed,
    TimesOverlap,
    UnknownPost,
)
from service.errors import Refusal
from service.programmes import RuleSet

OPEN_FOR_SIGNUP = {"published", "open"}


def risk_digest(text: str) -> str:
    """Return what stands for a risk text in an agreement: another word, another digest."""
    return sha256(text.encode()).hexdigest()


def first_refusal(row: Mapping[str, Any], now: datetime) -> Refusal | None:
    """Return the first reason against this person at this post, agreement aside, or None."""
    if row["status"] not in OPEN_FOR_SIGNUP or now >= row["starts_at"]:
        return SignupClosed()
    if row["home_id"] != row["community_id"]:
        return OtherCommunity()
    if row["withdrawn"]:
        return RegistrationWithdrawn()
    if row["post_id"] is None:
        return UnknownPost()
    return refused_by_post(row) or (
        TimesOverlap(elsewhere=row["elsewhere"]) if row["elsewhere"] else None
    )


def refused_by_post(row: Mapping[str, Any]) -> Refusal | None:
    """Return what the post itself asks for and this person or activity lacks.

    Of an age only its band is known, so its lowest year decides: at the gate the leader may
    still let somebody in whom he knows.
    """
    age = people.age_floor(row["age_band"])
    young = rules.too_young(
        age, guardian_consent=row["guardian_consent"], adults_only=row["adults_only"]
    )
    if young or (age < rules.ADULT_YEARS and row["risk"] != "low"):
        return TooYoung()
    if age < row["min_age"]:
        return BelowAge(age=row["min_age"])
    if row["needs_qualification"] and not row["qualification_verified"]:
        return NotQualified()
    if row["needs_insurance"] and not row["insurance_ref"]:
        return NotInsured()
    outside = row["team_only"] and (row["team_id"] is None or row["own_team"] != row["team_id"])
    return OtherTeam() if outside else None


def agreement(risk_text: str | None, agreed: str | None) -> bytes | None:
    """Return what is kept of an agreement; None where nothing is to be agreed to.

    Raises RiskNotAgreed for no agreement, or one to words that do not stand there now. Whoever
    signs somebody else up states that the text was read out, which is kept the same way beside
    the helper's name: half of the volunteers have no phone, and the gate has a second a person.
    """
    if not risk_text:
        return None
    digest = risk_digest(risk_text)
    if agreed != digest:
        raise RiskNotAgreed
    return bytes.fromhex(digest)


def priority(figures: RuleSet, *, missed: int, last: datetime | None, now: datetime) -> int:
    """Return 1 for who stands behind the others in a queue after too many no-shows, else 0."""
    lasts = timedelta(days=figures.no_show_days)
    return int(last is not None and missed >= figures.no_show_after and now < last + lasts)
