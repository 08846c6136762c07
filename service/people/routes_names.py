"""Pages that show who somebody is, each look with its reason; and the wish to be forgotten."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session
from werkzeug.wrappers import Response

from service.errors import Unauthorized
from service.people.erasing import ask_erasure, erasures, open_erasure
from service.people.identities import Contact
from service.people.looks import BOOKLET, REASONS, Reason, find_named, look, reachable
from service.people.models import Role, Volunteer
from service.people.queries import communities_under
from service.people.schemas import AskErasureSchema, FindSchema, LookSchema
from service.web import caller, database, now
from service.web.access import require

pages = Blueprint("names", __name__)

NAMERS = (Role.SECRETARY, Role.RECORDER)
DECIDERS = (Role.SECRETARY, Role.APPROVER)


def within(*roles: str) -> list[int]:
    """Return the communities in which the caller has one of the roles."""
    return communities_under(database(), require(*roles).scopes(*roles))


@pages.post("/desk/volunteers")
def find() -> ResponseReturnValue:
    """Find somebody by the whole name or phone; sent as a body, so that no log keeps it."""
    reach = within(*NAMERS)
    whom = FindSchema().load(request.form.to_dict())["whom"].strip()
    if not whom or BOOKLET.fullmatch(whom):
        return redirect(url_for("people_pages.show_volunteers", search=whom or None), 303)
    work = partial(find_named, whom=whom, community_ids=reach, actor=caller().actor, now=now())
    listed = database().atomic(work)
    asked = {"search": "", "after": ""}
    return render_template("people/volunteers.html", listed=listed, asked=asked, next=None, named=1)


@pages.get("/desk/volunteers/<code>/name")
def ask_reason(code: str) -> ResponseReturnValue:
    """Ask why the name is needed, before it is shown."""
    reached = partial(reachable, code=code, community_ids=within(*NAMERS))
    return name_page(database().atomic(reached))


@pages.post("/desk/volunteers/<code>/name")
def show_name(code: str) -> ResponseReturnValue:
    """Show who somebody is, to whoever said why."""
    reach, said = within(*NAMERS), LookSchema().load(request.form.to_dict())
    why = Reason(said["reason"], said["words"])

    def work(session: Session) -> tuple[Volunteer, Contact]:
        whom = reachable(session, code=code, community_ids=reach)
        return whom, look(session, whom, why=why, actor=caller().actor, now=now())

    return name_page(*database().atomic(work))


def name_page(whom: Volunteer, contact: Contact | None = None) -> str:
    """Write the page of one name; it stands there only right after the reason was given."""
    return render_template("people/name.html", whom=whom, contact=contact, reasons=REASONS)


@pages.get("/desk/erasures")
def show_erasures() -> ResponseReturnValue:
    """Show who wishes to be forgotten, and what was decided."""
    rows = database().atomic(partial(erasures, community_ids=within(*NAMERS, *DECIDERS)))
    own = caller()
    return render_template(
        "people/erasures.html",
        waiting=[(row, whom) for row, whom in rows if row.decided_at is None],
        decided=[(row, whom) for row, whom in rows if row.decided_at is not None],
        asks=own.has(*NAMERS),
        decides=own.has(*DECIDERS),
    )


@pages.post("/desk/erasures")
def ask_for_somebody() -> ResponseReturnValue:
    """Note the wish of somebody who said it at the desk."""
    reach, said = within(*NAMERS), AskErasureSchema().load(request.form.to_dict())

    def work(session: Session) -> None:
        whom = reachable(session, code=said["volunteer"], community_ids=reach)
        ask_erasure(session, volunteer_id=whom.id or 0, asked_by=caller().actor, now=now())

    database().atomic(work)
    return back()


def back() -> Response:
    """Lead back to the list."""
    return redirect(url_for("names.show_erasures"), 303)


@pages.get("/me/erasure")
def show_own() -> ResponseReturnValue:
    """Tell a volunteer what it means to be forgotten, and whether it was asked for."""
    waiting = database().atomic(partial(open_erasure, volunteer_id=own_id()))
    return render_template("people/erasure.html", waiting=waiting)


@pages.post("/me/erasure")
def ask_own() -> ResponseReturnValue:
    """Note a volunteer's own wish; somebody at the desk decides it."""
    asked = partial(ask_erasure, volunteer_id=own_id(), asked_by=caller().actor, now=now())
    database().atomic(asked)
    return redirect(url_for("names.show_own"), 303)


def own_id() -> int:
    """Return the id of the volunteer who is calling. Raises Unauthorized."""
    own = caller()
    if own.kind != "volunteer" or own.volunteer_id is None:
        raise Unauthorized
    return own.volunteer_id
