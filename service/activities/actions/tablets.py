"""Tablets that stand at the gates of a community: made where they stand, and shut out."""

from datetime import datetime

from sqlmodel import Session

from service import people, trail
from service.activities.actions.gate import KEEPERS
from service.activities.refusals import NotYours


def make_gate(
    session: Session, *, name: str, community: str, by: people.Caller, now: datetime
) -> str:
    """Make a tablet a gate of a community; return its token, which is said only here.

    Raises NotYours.
    """
    if community not in by.scopes(*KEEPERS):
        raise NotYours
    unit = people.unit(session, community)
    device, token = people.pair_device(
        session, name=name, community_id=unit.id, paired_by=by.actor, now=now
    )
    write_down(session, "gate.pair", device, by=by, now=now)
    return token


def shut_out(
    session: Session, *, device_id: int, by: people.Caller, now: datetime
) -> people.Device:
    """Shut a gate's tablet out: its next call is nobody's, and it forgets whom it expected.

    Raises UnknownDevice, for tablets of others too.
    """
    device = people.device(session, device_id)
    units = {people.unit(session, code).id for code in by.scopes(*KEEPERS)}
    if device.profile != people.Profile.GATE or device.community_id not in units:
        raise people.UnknownDevice
    if device.revoked_at is None:
        people.revoke_device(session, device_id=device_id, now=now)
        write_down(session, "gate.revoke", device, by=by, now=now)
    return device


def write_down(
    session: Session, action: str, device: people.Device, *, by: people.Caller, now: datetime
) -> None:
    """Leave in the trail who did it."""
    subject = f"device:{device.id}"
    said = {"name": device.name}
    trail.record(session, actor=by.actor, action=action, subject=subject, detail=said, now=now)
