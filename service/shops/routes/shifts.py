"""HTTP of a till about itself: whose shift it is, and what it has not sent yet."""

from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from service import passes, people
from service.people import REPORT_EVERY_S, Caller, Report, clock_offset
from service.shops import duty
from service.shops.actions import clerks
from service.shops.shift_schemas import (
    HeardSchema,
    ReportSchema,
    ShiftSchema,
    StartedShiftSchema,
    StartShiftSchema,
)
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("shifts_api", __name__, url_prefix="/api/v1", description="A till's shift")


def till_id() -> int:
    """Return the calling till's number. Raises Unauthorized or Forbidden for anybody else."""
    found: Caller = require("till")
    assert found.id is not None
    return found.id


def keys() -> passes.Keyring:
    """Return what checks this host's digits."""
    return passes.keyring(settings().secret_keys, settings().public_url)


@api.get("/till/shift")
@api.response(200, ShiftSchema)
def get_shift() -> Any:
    """Say whose shift it is here, and who may begin one."""
    return database().atomic(partial(duty.shift, device_id=till_id(), now=now()))


@api.post("/till/shift")
@api.arguments(StartShiftSchema)
@api.response(200, StartedShiftSchema)
def post_shift(given: dict[str, str]) -> Any:
    """Begin a shift with a PIN. Five wrong ones in a row lock the clerk until tomorrow."""
    return database().atomic(partial(start, device_id=till_id(), given=given, moment=now()))


def start(
    session: Session, *, device_id: int, given: dict[str, str], moment: datetime
) -> dict[str, Any]:
    """Try the PIN and say whose shift it is now."""
    label, pin = given["clerk"], given["pin"]
    done = clerks.start_shift(
        session, keys(), device_id=device_id, label=label, pin=pin, now=moment
    )
    session.flush()
    found = duty.shift(session, device_id=device_id, now=moment)
    on_duty = {each.name: getattr(found, each.name) for each in fields(found)}
    return {"status": "refused" if done.reason else "ok", **asdict(done), **on_duty}


@api.delete("/till/shift")
@api.response(200, ShiftSchema)
def delete_shift() -> Any:
    """End the shift; ending it twice is no fault."""
    return database().atomic(partial(end, device_id=till_id(), moment=now()))


def end(session: Session, *, device_id: int, moment: datetime) -> duty.OnDuty:
    """End the shift and say that it is nobody's."""
    clerks.end_shift(session, device_id=device_id, now=moment)
    session.expire_all()
    return duty.shift(session, device_id=device_id, now=moment)


@api.post("/till/heartbeat")
@api.arguments(ReportSchema)
@api.response(200, HeardSchema)
def post_heartbeat(given: dict[str, Any]) -> dict[str, Any]:
    """Hear what a till has not sent yet and what its clock says. The association reads it."""
    return database().atomic(partial(hear, device_id=till_id(), given=given, moment=now()))


def hear(
    session: Session, *, device_id: int, given: dict[str, Any], moment: datetime
) -> dict[str, Any]:
    """Keep what was said, at most once a minute, and answer in any case."""
    offset = clock_offset(given["sent_at"], moment)
    report = Report(given["queued"], given["oldest_at"], offset)
    people.hear_device(session, device_id=device_id, report=report, now=moment)
    shift = duty.shift(session, device_id=device_id, now=moment)
    told = {"server_time": moment, "clock_offset_s": offset, "every_s": REPORT_EVERY_S}
    return {**told, "shift": shift}
