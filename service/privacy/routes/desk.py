"""The desk's side: consents on paper, and corrections to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, trail
from service.consents import Purpose, Turn, Way
from service.people import Caller, Reason, Role, UnknownVolunteer, Volunteer, WrongNumber
from service.privacy import actions, forgetting, words
from service.privacy.actions import Answer
from service.privacy.models import Correction, UnknownCorrection
from service.privacy.queries import corrections
from service.privacy.retention import periods
from service.privacy.routes.forms import form
from service.privacy.schemas import AnswerSchema, DecisionSchema, LookSchema, PaperTurnSchema
from service.web import database, now, settings
from service.web.access import require

pages = Blueprint("privacy_desk", __name__)
HERE = "/desk/privacy"
READERS = (Role.RECORDER, Role.SECRETARY, Role.APPROVER)
RECORDERS = (Role.RECORDER, Role.SECRETARY)
DECIDERS = (Role.SECRETARY, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff and the communities in which the office counts."""

    who: Caller
    community_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Opened:
    """A minor's request, and why somebody needs its words."""

    number: int
    why: Reason


def desk(*roles: str) -> Desk:
    """Return the caller's desk in one of the roles. Raises Unauthorized, Forbidden."""
    who = require(*roles)
    return Desk(who, people.communities_under(database(), who.scopes(*roles)))


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def person_of(session: Session, at: Desk, code: str) -> Volunteer:
    """Return a volunteer of the desk's communities. Raises UnknownVolunteer."""
    found = people.volunteer(session, code.upper())
    if found.community_id not in at.community_ids:
        raise UnknownVolunteer
    return found


def correction_of(session: Session, at: Desk, correction_id: int) -> Correction:
    """Return a request of the desk's communities. Raises UnknownCorrection."""
    row = session.get(Correction, correction_id)
    place = people.volunteer_by_id(session, row.volunteer_id).community_id if row else None
    if row is None or place not in at.community_ids:
        raise UnknownCorrection
    return row


@pages.get(HERE)
def show_requests() -> ResponseReturnValue:
    """Show what volunteers asked; who looked at their words is written down."""
    return requests_page(desk(*READERS))


@pages.post(f"{HERE}/corrections/<int:number>/look")
def post_look(number: int) -> ResponseReturnValue:
    """Show what a minor asked to whoever said why, right after it and no longer."""
    at, said = desk(*RECORDERS), form(LookSchema())
    run(correction_of, at=at, correction_id=min(number, 2**62))
    return requests_page(at, Opened(number, Reason(said["reason"], said["words"])))


def requests_page(at: Desk, opened: Opened | None = None) -> str:
    """Write the page of requests."""
    found = run(read_page, at=at, opened=opened)
    told = {"words": words, "periods": periods(), "reasons": people.REASONS}
    return render_template("privacy/desk.html", **found, **told)


def read_page(session: Session, *, at: Desk, opened: Opened | None) -> dict[str, Any]:
    """Read the requests of the desk's communities, with the words of those that wait."""
    names = at.who.has(*RECORDERS)
    asked = []
    for row, person in corrections(session, at.community_ids):
        why = opened.why if opened and opened.number == row.id else None
        shown = names and row.answered_at is None and bool(person.adult or why)
        if shown:
            looked(session, (person, row), at.who, why=None if person.adult else why)
        asked.append((row, person, actions.read(session, row) if shown else ""))
    return {
        "corrections": asked,
        "records": names,
    }


def looked(
    session: Session, asked: tuple[Volunteer, Correction], who: Caller, *, why: Reason | None
) -> None:
    """Write down that somebody saw what a volunteer said would be right. Raises ReasonMissing."""
    person, row = asked
    given = people.in_words(why) if why else {"reason": "correction"}
    said = given | {"correction": row.id, "field": row.field}
    about = f"volunteer:{person.code}"
    trail.record(
        session, actor=who.actor, action="identity.look", subject=about, detail=said, now=now()
    )


@pages.post(f"{HERE}/consents")
def post_paper() -> ResponseReturnValue:
    """Note what a signed paper says of somebody's switch."""
    run(turned, at=desk(*RECORDERS), sent=form(PaperTurnSchema()))
    return redirect(HERE, 303)


def turned(session: Session, *, at: Desk, sent: dict[str, Any]) -> Volunteer:
    """Turn a switch as a paper says; the paper carries the text in force."""
    person = person_of(session, at, sent["volunteer"])
    way = Way.GUARDIAN_PAPER if sent["guardian"] else Way.PAPER
    turn = Turn(Purpose(sent["purpose"]), sent["given"], way)
    return actions.switch(session, person.id or 0, turn, by=at.who.actor, now=now())


@pages.post(f"{HERE}/corrections/<int:number>")
def post_answer(number: int) -> ResponseReturnValue:
    """Accept or refuse a correction, in writing."""
    run(answered, at=desk(*RECORDERS), number=min(number, 2**62), sent=form(AnswerSchema()))
    return redirect(HERE, 303)


def answered(session: Session, *, at: Desk, number: int, sent: dict[str, Any]) -> Correction:
    """Answer a request of the desk's communities."""
    row = correction_of(session, at, number)
    said = Answer(sent["accepted"], sent["why"])
    return actions.answer_correction(session, row.id or 0, said, by=at.who, now=now())


# ---------------------------------------------------------------------------- forgotten


@pages.post("/desk/erasures/<code>")
def decide(code: str) -> ResponseReturnValue:
    """Forget somebody, or say why not; the number is typed again, since nothing brings it back."""
    at, said = desk(*DECIDERS), form(DecisionSchema())
    forgetting.delete(run(decided, at=at, code=code, said=said))
    return redirect("/desk/erasures", 303)


def decided(session: Session, *, at: Desk, code: str, said: dict[str, Any]) -> list[Path]:
    """Decide a wish; return the files that go. Raises NoErasure, OwnErasure, WrongNumber."""
    whom = people.reachable(session, code=code, community_ids=at.community_ids)
    given: dict[str, Any] = {"volunteer_id": whom.id or 0, "decided_by": at.who.actor, "now": now()}
    if said["decision"] == "keep":
        people.keep(session, why=said["why"].strip(), **given)
        return []
    if said["number"].strip().upper() != whom.code:
        raise WrongNumber
    return forgetting.forget(session, folder=settings().files_folder, **given)
