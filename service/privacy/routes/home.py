"""A volunteer's own page: switches, own data, corrections."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import consents, people, trail
from service.consents import Purpose, Turn, Way
from service.people import Caller, UnknownVolunteer, Volunteer
from service.privacy import actions, owndata, words
from service.privacy.models import About
from service.privacy.queries import corrections_of
from service.privacy.routes.forms import form
from service.privacy.schemas import AskSchema, OwnDataSchema, SwitchesSchema, TurnSchema
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import locale

api = ApiBlueprint("privacy_api", __name__, url_prefix="/api/v1", description="One's own data")
pages = Blueprint("privacy_pages", __name__)
HERE = "/home/privacy"


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def described(session: Session, person: Volunteer) -> list[dict[str, Any]]:
    """Return the five switches of somebody with the words in force."""
    standing = consents.switches(session, person.id or 0)
    said = []
    for purpose in Purpose:
        one, text = standing[purpose], consents.current(purpose)
        shown = text.said(locale())
        given = one.given and not (purpose == Purpose.REGISTER and person.withdrawn_at)
        row = {"purpose": purpose, "given": given, "version": one.version, "at": one.at}
        row |= {"current": text.version, "title": shown.title, "says": shown.says}
        said.append(row | {"ends": shown.ends})
    return said


def one_of_mine(session: Session, who: Caller, code: str | None) -> tuple[Volunteer, Way]:
    """Return the caller, or the minor whose guardian the caller is. Raises UnknownVolunteer."""
    own = who.volunteer_id or 0
    if code is None:
        return people.volunteer_by_id(session, own), Way.SELF
    ward = next((one for one in people.wards(session, own) if one.code == code.upper()), None)
    if ward is None:
        raise UnknownVolunteer
    return ward, Way.GUARDIAN


# -------------------------------------------------------------------------------- pages


@pages.get(HERE)
@pages.get(f"{HERE}/wards/<code>")
def show_privacy(code: str | None = None) -> ResponseReturnValue:
    """Show the switches and the ways to one's data; of oneself, or of one's child."""
    return render_template(
        "privacy/home.html", **run(read_page, who=require("volunteer"), code=code)
    )


def read_page(session: Session, *, who: Caller, code: str | None) -> dict[str, Any]:
    """Read what the page shows."""
    person, _ = one_of_mine(session, who, code)
    asked = corrections_of(session, person.id or 0)
    return {
        "person": person,
        "ward": code is not None,
        "here": f"{HERE}/wards/{person.code}" if code else HERE,
        "switches": described(session, person),
        "wards": [] if code else people.wards(session, person.id or 0),
        "corrections": [(row, actions.read(session, row)) for row in asked],
        "words": words,
        "fields": list(About),
    }


@pages.post(HERE)
@pages.post(f"{HERE}/wards/<code>")
def post_switch(code: str | None = None) -> ResponseReturnValue:
    """Turn a switch on the text that was read."""
    who = require("volunteer")
    run(turned, who=who, code=code, sent=form(TurnSchema()))
    return redirect(request.path, 303)


def turned(session: Session, *, who: Caller, code: str | None, sent: dict[str, Any]) -> Volunteer:
    """Turn a switch of oneself or of one's child."""
    person, way = one_of_mine(session, who, code)
    turn = Turn(Purpose(sent["purpose"]), sent["given"], way, sent["version"])
    return actions.switch(session, person.id or 0, turn, by=who.actor, now=now())


@pages.get(f"{HERE}/data")
def show_data() -> ResponseReturnValue:
    """Show everything that is kept about the reader; printed, all of it is open."""
    return render_template("privacy/data.html", data=own_data(), words=words)


@pages.get(f"{HERE}/data.json")
def get_file() -> ResponseReturnValue:
    """Send the same as a file."""
    written = OwnDataSchema().dumps(own_data(), ensure_ascii=False, indent=1)
    name = f"aixin-{now():%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    kind = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return written, 200, headers | kind


def own_data() -> dict[str, Any]:
    """Read the caller's own data, and write down that it was taken."""
    who = require("volunteer")
    found = owndata.gather(database(), who.volunteer_id or 0, now=now())
    about = f"volunteer:{found['volunteer']['code']}"
    taken: dict[str, Any] = {
        "actor": who.actor,
        "action": "own-data.take",
        "subject": about,
        "now": now(),
    }
    database().atomic(partial(trail.record, **taken))
    return found


@pages.post(f"{HERE}/corrections")
def post_correction() -> ResponseReturnValue:
    """Say what is wrong and what would be right."""
    who, sent = require("volunteer"), form(AskSchema())
    asked = {"field": About(sent["field"]), "wanted": sent["wanted"], "by": who.actor}
    run(actions.ask_correction, volunteer_id=who.volunteer_id, **asked, now=now())
    return redirect(f"{HERE}#corrections", 303)


# --------------------------------------------------------------------------------- JSON


@api.get("/me/data")
@api.response(200, OwnDataSchema)
def get_own_data() -> ResponseReturnValue:
    """Return everything that is kept about the caller."""
    return own_data()


@api.get("/me/consents")
@api.response(200, SwitchesSchema)
def get_switches() -> ResponseReturnValue:
    """Return the caller's five switches with the texts in force."""
    who = require("volunteer")
    return {"items": run(read_own, who=who)}


def read_own(session: Session, *, who: Caller) -> list[dict[str, Any]]:
    """Return the caller's own switches."""
    return described(session, one_of_mine(session, who, None)[0])


@api.put("/me/consents")
@api.arguments(TurnSchema)
@api.response(200, SwitchesSchema)
def put_switch(sent: dict[str, Any]) -> ResponseReturnValue:
    """Turn one of the caller's switches; again changes nothing."""
    who = require("volunteer")
    run(turned, who=who, code=None, sent=sent)
    return {"items": run(read_own, who=who)}
