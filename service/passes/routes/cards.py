"""The pass of a phone, and the cards of booklets."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import outbox, passes, people, trail
from service.errors import Unauthorized
from service.passes.routes.sign_in import keys
from service.passes.rules import PASS_STEP_S
from service.passes.schemas import CardSchema, PassesSchema
from service.people import Caller
from service.web import caller, cookies, database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.callers import bearer, keep, own_token

api = ApiBlueprint("passes", __name__, url_prefix="/api/v1", description="Passes and cards")
pages = Blueprint("cards", __name__)

RECORDER = "volunteer_admin"


@api.get("/me/passes")
@api.response(200, PassesSchema)
def get_passes() -> ResponseReturnValue:
    """Give a volunteer's phone the codes of the next ten minutes."""
    own = caller()
    if own.kind != "volunteer" or own.volunteer_id is None:
        raise Unauthorized
    token = own_token()
    bound, longer = database().atomic(partial(seen, own=own, token=token, moment=now()))
    answer = make_response(PassesSchema().dump(codes_of(bound.pid, own.code[-3:])))
    return keep(answer, token, "volunteer") if longer and not bearer() else answer


@api.get("/helper/passes")
@api.response(200, PassesSchema)
def get_helper_passes() -> ResponseReturnValue:
    """Give a relative's phone the codes of the next ten minutes; its own cookie names it."""
    token, moment = cookies.carried("helper"), now()
    pid, tail = database().atomic(partial(helping, token=token, moment=moment))
    return codes_of(pid, tail)


def helping(session: Session, *, token: str, moment: datetime) -> tuple[str, str]:
    """Return a relative's public id and the tail of the booklet that it fetches for."""
    found = passes.helper(session, token, now=moment)
    return found.pid, people.volunteer_by_id(session, found.volunteer_id).tail


def codes_of(pid: str, tail: str) -> dict[str, Any]:
    """Draw the codes of the next ten minutes, by our clock."""
    codes = passes.pass_codes(keys(), pid, at=now())
    drawn = [{"step": one.step, "url": one.url, "svg": passes.svg(one.url)} for one in codes]
    return {"server_time": now(), "step_seconds": PASS_STEP_S, "tail": tail, "codes": drawn}


def seen(
    session: Session, *, own: Caller, token: str, moment: datetime
) -> tuple[passes.Binding, bool]:
    """Return the caller's pass, and whether the session of the phone lasts longer now."""
    assert own.volunteer_id is not None
    bound = passes.binding(session, own.volunteer_id, token, now=moment)
    longer = bound.place > 0 and people.prolong_session(session, token=token, now=moment)
    return bound, longer


@api.post("/volunteers/<code>/cards")
@api.response(201, CardSchema)
def post_card(code: str) -> ResponseReturnValue:
    """Print a booklet's card anew; the old one is dead from this moment on."""
    return CardSchema().dump(reissue(code).card), 201


@api.delete("/volunteers/<code>/cards/current")
@api.response(204)
def delete_card(code: str) -> ResponseReturnValue:
    """Block a lost card at once: by the volunteer, or by the recorder."""
    who = require(RECORDER, "volunteer")
    database().atomic(partial(block_card, code=code, who=who, moment=now()))
    return "", 204


@api.delete("/volunteers/<code>/passes/current")
@api.response(204)
def delete_pass(code: str) -> ResponseReturnValue:
    """End the pass of a lost phone at once: by the volunteer, or by the recorder."""
    who = require(RECORDER, "volunteer")
    database().atomic(partial(end_pass, code=code, who=who, moment=now()))
    return "", 204


@pages.get("/desk/volunteers/<code>/booklet")
def show_booklet(code: str) -> ResponseReturnValue:
    """Ask before a booklet's card is replaced: the one in the volunteer's hand dies by it."""
    who = require(RECORDER)
    found = database().atomic(partial(within_reach, code=code, who=who))
    return render_template("passes/reissue.html", volunteer=found)


@pages.post("/desk/volunteers/<code>/booklet")
def print_booklet(code: str) -> ResponseReturnValue:
    """Replace a booklet's card and show it for the printer, this once."""
    printed = reissue(code)
    number = printed.card.number
    return render_template(
        "passes/booklet.html",
        card=printed.card,
        number=f"{number[:4]} {number[4:]}",
        image=passes.data_uri(printed.card.url),
        community=printed.community,
        tail=code[-3:],
    )


@dataclass(frozen=True, slots=True)
class Reissued:
    """A new card and the name of the community that it is printed for."""

    card: passes.Printed
    community: str


def reissue(code: str) -> Reissued:
    """Replace a booklet's card in the name of the caller."""
    who = require(RECORDER)
    return database().atomic(partial(replace_card, code=code, who=who, moment=now()))


def replace_card(session: Session, *, code: str, who: Caller, moment: datetime) -> Reissued:
    """Replace a card, tell it, and note who did it."""
    found = within_reach(session, code=code, who=who)
    printed = passes.reissue_card(session, keys(), volunteer=found, now=moment)
    tell(session, "PassReissued", found, who=who, moment=moment)
    return Reissued(printed, people.unit_by_id(session, found.community_id).name)


def block_card(session: Session, *, code: str, who: Caller, moment: datetime) -> None:
    """Block a card, tell it, and note who did it."""
    found = within_reach(session, code=code, who=who)
    passes.report_lost(session, booklet_code=found.code, now=moment)
    tell(session, "PassLost", found, who=who, moment=moment)


def end_pass(session: Session, *, code: str, who: Caller, moment: datetime) -> None:
    """End a phone's pass, tell it, and note who did it."""
    found = within_reach(session, code=code, who=who)
    assert found.id is not None
    passes.unbind_phone(session, volunteer_id=found.id, now=moment)
    tell(session, "PassLost", found, who=who, moment=moment)


def within_reach(session: Session, *, code: str, who: Caller) -> people.Volunteer:
    """Return a volunteer of the caller's communities, or the caller; else nobody is there."""
    found = people.volunteer(session, code)
    if found.id == who.volunteer_id and who.kind == "volunteer":
        return found
    chain = people.scope_chain(database(), people.unit_by_id(session, found.community_id).code)
    if not people.authorised(who, [RECORDER], chain):
        raise people.UnknownVolunteer
    return found


def tell(
    session: Session, event: str, found: people.Volunteer, *, who: Caller, moment: datetime
) -> None:
    """Publish what happened to a card or pass and write down who did it."""
    subject, said = f"volunteer:{found.code}", {"volunteer": found.code}
    outbox.publish(session, event, subject, said, now=moment)
    trail.record(session, actor=who.actor, action=ACTIONS[event], subject=subject, now=moment)


ACTIONS = {"PassReissued": "card.reissue", "PassLost": "card.lost"}
