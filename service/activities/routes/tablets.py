"""Gate tablets: made on the tablet itself by an officer, heard once a minute, listed, shut out."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions.gate import KEEPERS
from service.activities.actions.tablets import make_gate, shut_out
from service.activities.routes.keepers import run
from service.activities.schemas import GateHeardSchema, GateReportSchema, TabletSentSchema
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.callers import forget, keep, session_token

pages = Blueprint("gate_tablets", __name__)
api = ApiBlueprint("gate_beats", __name__, url_prefix="/api/v1", description="A gate's tablet")

PAGE = 50
BACK = {"gates": "/gate/#tablets", "desk": "/desk/gates"}  # where a tablet is shut out from


@api.post("/gate/heartbeat")
@api.arguments(GateReportSchema)
@api.response(200, GateHeardSchema)
def post_heartbeat(given: dict[str, Any]) -> dict[str, Any]:
    """Hear what a gate has not sent yet and what its clock says. The community reads it."""
    device_id = require("gate").id
    assert device_id is not None
    return database().atomic(partial(hear, device_id=device_id, given=given, moment=now()))


def hear(
    session: Session, *, device_id: int, given: dict[str, Any], moment: datetime
) -> dict[str, Any]:
    """Keep what was said, at most once a minute, and answer in any case."""
    offset = people.clock_offset(given["sent_at"], moment)
    report = people.Report(given["queued"], given["oldest_at"], offset)
    people.hear_device(session, device_id=device_id, report=report, now=moment)
    return {"server_time": moment, "clock_offset_s": offset, "every_s": people.REPORT_EVERY_S}


@pages.get("/desk/gates")
def show_tablets() -> ResponseReturnValue:
    """Show the gates' tablets of the caller's communities: when heard, what waits, the clock."""
    who, after = require(*KEEPERS), request.args.get("after", 0, type=int)
    page = run(list_tablets, who=who, after=after)
    return render_template("activities/desk_gates.html", after=after, now=now(), **page)


def list_tablets(session: Session, *, who: people.Caller, after: int) -> dict[str, Any]:
    """Read one page of tablets with the names of their communities."""
    found = read_tablets(session, who=who, after=after, limit=PAGE + 1)
    rows = found["tablets"]
    names = {unit.id: unit.name for unit in found["units"]}
    return {
        "tablets": rows[:PAGE],
        "names": names,
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
    }


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
    people.close_session(session, token=session_token(), now=now())
    return token


@pages.post("/gate/tablets/<int:device_id>/revoke")
def post_revocation(device_id: int) -> ResponseReturnValue:
    """Shut a tablet out."""
    who = require(*KEEPERS)
    run(shut_out, device_id=device_id, by=who, now=now())
    return redirect(BACK.get(request.form.get("from", ""), BACK["gates"]), 303)


def read_tablets(
    session: Session, *, who: people.Caller, after: int = 0, limit: int = PAGE
) -> dict[str, Any]:
    """Read what an officer sees of the tablets; nothing for anybody else."""
    units = [people.unit(session, code) for code in sorted(who.scopes(*KEEPERS))]
    ids = [unit.id for unit in units if unit.id is not None]
    return {"units": units, "tablets": people.gates_of(session, ids, after=after, limit=limit)}
