"""Pages of gate tablets: made on the tablet itself by an officer, listed, and shut out."""

from typing import Any

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions.gate import KEEPERS
from service.activities.actions.tablets import make_gate, shut_out
from service.activities.routes.keepers import run
from service.activities.schemas import TabletSentSchema
from service.web import now
from service.web.access import require
from service.web.callers import SESSION_COOKIE, forget, keep

pages = Blueprint("gate_tablets", __name__)


@pages.post("/gate/tablets")
def post_tablet() -> ResponseReturnValue:
    """Make this tablet a gate, and sign the officer out on it: it stays where everybody stands."""
    who = require(*KEEPERS)
    sent = TabletSentSchema().load({name: request.form.get(name, "").strip() for name in NAMES})
    token = run(paired, by=who, sent=sent)
    return keep(forget(make_response(redirect("/gate/", 303))), token, "device")


NAMES = ("name", "community")


def paired(session: Session, *, by: people.Caller, sent: dict[str, str]) -> str:
    """Pair this browser, and end the session that it had."""
    token = make_gate(session, by=by, now=now(), **sent)
    people.close_session(session, token=request.cookies.get(SESSION_COOKIE, ""), now=now())
    return token


@pages.post("/gate/tablets/<int:device_id>/revoke")
def post_revocation(device_id: int) -> ResponseReturnValue:
    """Shut a tablet out."""
    who = require(*KEEPERS)
    run(shut_out, device_id=device_id, by=who, now=now())
    return redirect("/gate/#tablets", 303)


def read_tablets(session: Session, *, who: people.Caller) -> dict[str, Any]:
    """Read what an officer sees of the tablets; nothing for anybody else."""
    units = [people.unit(session, code) for code in sorted(who.scopes(*KEEPERS))]
    ids = [unit.id for unit in units if unit.id is not None]
    return {"units": units, "tablets": people.gates_of(session, ids)}
