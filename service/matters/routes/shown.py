"""How a matter is written as JSON, and the words that the pages share."""

from typing import Any

from sqlmodel import Session

from service.clock import business_day
from service.i18n import N_
from service.matters.categories import categories
from service.matters.models import Matter
from service.matters.queries.lists import Listed, Told, story, with_assignee
from service.matters.routes.whose import Opened
from service.matters.rules import State, offered
from service.web import now, settings
from service.web.locale import gettext, locale

STATES = {
    State.FOUND: ("warn", N_("To be assigned")),
    State.ASSIGNED: ("info", N_("Being looked after")),
    State.SOLVED: ("info", N_("To be answered")),
    State.ANSWERED: ("ok", N_("With an answer")),
}
ARROWS = {
    "raise": N_("Raised"),
    "note": N_("Added"),
    "assign": N_("Assigned"),
    "reassign": N_("Given to another one"),
    "return": N_("Given back"),
    "solve": N_("Solved"),
    "send_back": N_("Sent back"),
    "answer": N_("Replied"),
    "rate": N_("Rated"),
    "reopen": N_("Opened again"),
    "settle": N_("The answer stands after all"),
}
FACES = {
    3: ("smile", N_("It helped")),
    2: ("flat", N_("Partly")),
    1: ("frown", N_("It did not help")),
}
RESIDENT, VOLUNTEER = N_("The resident"), N_("Volunteer {tail}")
PLAIN = ("number", "kind", "category", "place", "state", "raised_at", "due_on", "rating")


def link(matter: Matter) -> str:
    """Return the resident's address."""
    return f"{settings().public_url}/q/{matter.token}"


def in_list(one: Listed) -> dict[str, Any]:
    """Write a line of a list."""
    said = {name: getattr(one.matter, name) for name in PLAIN}
    late = one.matter.late(business_day(now()))
    return said | {
        "community": one.community,
        "team": one.team,
        "grid_worker": one.staff,
        "late": late,
    }


def whole(session: Session, found: Opened) -> dict[str, Any]:
    """Write a whole matter as far as its reader may read it."""
    row = found.matter
    said = in_list(with_assignee(session, row))
    said |= {"text": row.text, "answer": row.answer, "answered_at": row.answered_at}
    said |= {"rating_text": row.rating_text, "may": sorted(offered(State(row.state), found.parts))}
    said["link"] = link(row)
    said["story"] = [in_story(one) for one in story(session, row)] if found.inside else []
    return said


def in_story(one: Told) -> dict[str, Any]:
    """Write a step of the story."""
    said = {name: getattr(one.step, name) for name in ("arrow", "state", "at", "by", "words")}
    photos = [file.code for file in one.photos]
    return said | {
        "team": one.team,
        "grid_worker": one.staff,
        "rating": one.step.rating,
        "photos": photos,
    }


def category_name(code: str) -> str:
    """Return what a matter is about, in the reader's language."""
    found = categories().get(code)
    return found.name(locale()) if found else code


def category_choices() -> list[tuple[str, str]]:
    """Return the closed list for a form."""
    return [(one.code, one.name(locale())) for one in categories().values()]


def actor_name(actor: str) -> str:
    """Return who it was: a sign-in name, the tail of a booklet's number, the resident."""
    kind, _, code = actor.partition(":")
    if kind == "volunteer":
        return gettext(VOLUNTEER).format(tail=code[-3:])
    return code if kind == "staff" else gettext(RESIDENT)


def vocabulary() -> dict[str, Any]:
    """Return what every page of matters may say."""
    return {
        "MATTER_STATES": STATES,
        "MATTER_ARROWS": ARROWS,
        "MATTER_FACES": FACES,
        "category_name": category_name,
        "category_choices": category_choices,
        "actor_name": actor_name,
        "matter_link": link,
        "today": business_day(now()),
    }
