"""HTTP of hours and points: check-outs filled in, confirmations, paper lines, manual awards."""

from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask import request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people
from service.activities.actions import awards, paper, rights
from service.activities.actions.attendance import Amended, fill_in_check_out
from service.activities.actions.confirmations import Order, Outcome, confirm
from service.activities.actions.gate import KEEPERS
from service.activities.models import Award, Right
from service.activities.refusals import NotYours
from service.activities.routes.evidence import picture_id
from service.activities.routes.keepers import kept, run, signed_in
from service.activities.routes.words import of_confirmation
from service.activities.schemas import (
    AmendedSchema,
    AwardSchema,
    CheckOutSentSchema,
    ConfirmedSchema,
    ConfirmSentSchema,
    DecisionSchema,
    ManualSentSchema,
    PaperSchema,
    PaperSentSchema,
    RightSchema,
    VerdictSchema,
)
from service.clock import business_day
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("hours", __name__, url_prefix="/api/v1", description="Hours and points")

APPROVERS = ("community_secretary", "second_approver", "volunteer_admin")


@api.post("/activities/<code>/attendances/<volunteer>/check-out")
@api.arguments(CheckOutSentSchema)
@api.response(200, AmendedSchema)
def post_check_out(sent: dict[str, Any], code: str, volunteer: str) -> ResponseReturnValue:
    """Fill in a forgotten check-out, or decide that the stay is not counted."""
    done: Amended = run(amend, code=code, volunteer=volunteer, at=sent["at"])
    return asdict(done)


def amend(session: Session, *, code: str, volunteer: str, at: datetime | None) -> Amended:
    """Let the leader or the recorder complete somebody's stay."""
    found, person = kept(session, code), people.volunteer(session, volunteer)
    return fill_in_check_out(session, found, person, at=at, by=signed_in(), now=now())


@api.post("/activities/<code>/confirmations")
@api.arguments(ConfirmSentSchema)
@api.response(200, ConfirmedSchema)
def post_confirmation(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Confirm one person's hours and award the points, once. Nobody confirms himself."""
    done: Outcome = run(confirm_one, code=code, **sent)
    return confirmed(done, sent["volunteer"])


def confirm_one(
    session: Session, *, code: str, volunteer: str, rule: str | None, key: str | None
) -> Outcome:
    """Let the leader or the recorder confirm somebody."""
    found, person = kept(session, code), people.volunteer(session, volunteer)
    order = Order(rule=rule, key=key)
    return confirm(session, found, person, order=order, by=signed_in(), now=now())


def confirmed(done: Outcome, volunteer: str) -> dict[str, Any]:
    """Return a confirmation as JSON says it."""
    award = done.award
    return {
        "status": done.status,
        "reason": done.reason,
        "replayed": done.replayed,
        "award": award.key if award else None,
        "rule": award.rule if award else None,
        "minutes": award.present_minutes if award else None,
        "service_minutes": award.minutes if award else None,
        "hours": round(Decimal(award.minutes) / 60, 2) if award else None,
        "points": award.points if award else None,
        "cut": award.cut if award else None,
        "cut_by": award.cut_by if award else None,
        "flags": award.flags if award else [],
        "text": of_confirmation(done, volunteer[-3:]),
    }


@api.post("/activities/<code>/paper-lines")
@api.arguments(PaperSentSchema)
@api.response(201, PaperSchema)
def post_paper_line(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Type in a line of the paper sheet; it counts when another person approves it."""
    line: activities.PaperLine = run(type_in, code=code, sent=sent)
    return {"id": line.id, "status": line.status}


def type_in(session: Session, *, code: str, sent: dict[str, Any]) -> activities.PaperLine:
    """Let the recorder enter a line."""
    found = kept_by_staff(session, code)
    person = people.volunteer(session, sent["volunteer"])
    written = paper.Written(
        in_at=sent["check_in"],
        out_at=sent["check_out"],
        **{name: sent[name] for name in ("evidence", "line", "rule", "key")},
        picture_id=picture_id(session, code=sent["picture"]),
    )
    return paper.enter_line(session, found, person, written=written, by=signed_in(), now=now())


def kept_by_staff(
    session: Session, code: str, roles: tuple[str, ...] = KEEPERS
) -> activities.Activity:
    """Return an activity of the caller's community, for its officers only. Raises NotYours."""
    found = kept(session, code, readers=True)
    community = people.unit_by_id(session, found.community_id).code
    chain = people.scope_chain(database(), community)
    if not people.authorised(signed_in(), roles, chain):
        raise NotYours
    return found


@api.post("/activities/<code>/paper-lines/<int:line>/approval")
@api.arguments(DecisionSchema)
@api.response(200, ConfirmedSchema)
def post_paper_approval(sent: dict[str, Any], code: str, line: int) -> ResponseReturnValue:
    """Approve or refuse another person's line; approved, it is an attendance and its award."""
    done: Outcome = run(decide_paper, code=code, line=line, accept=sent["accept"])
    return confirmed(done, "")


def decide_paper(session: Session, *, code: str, line: int, accept: bool) -> Outcome:
    """Let a second person decide."""
    found = kept_by_staff(session, code, APPROVERS)
    return paper.decide_line(session, found, line, accept=accept, by=signed_in(), now=now())


@api.post("/awards/manual")
@api.arguments(ManualSentSchema)
@api.response(201, AwardSchema)
def post_manual_award(sent: dict[str, Any]) -> ResponseReturnValue:
    """Enter an award by hand, with evidence; above the limit it waits for a second person."""
    key = sent.pop("key") or request.headers.get("Idempotency-Key") or f"MA-{uuid4().hex[:12]}"
    volunteer, picture = sent.pop("volunteer"), sent.pop("picture")
    claim = awards.Claim(key=key, **sent)
    award, replayed = run(enter, volunteer=volunteer, claim=claim, picture=picture)
    return awarded(award, replayed=replayed), 200 if replayed else 201


def enter(
    session: Session,
    *,
    volunteer: str,
    claim: awards.Claim,
    picture: str | None = None,
    content: bytes | None = None,
) -> tuple[Award, bool]:
    """Let a recorder, a secretary or an entrusted volunteer award; a picture may prove it.

    It is named by the code under which the caller sent it before, or comes as content.
    """
    who = require(*KEEPERS, "volunteer")
    person = people.volunteer(session, volunteer)
    kept_picture = picture_id(session, code=picture, content=content)
    shown = replace(claim, picture_id=kept_picture)
    return awards.enter_manual(session, person, claim=shown, by=who, now=now())


AWARD_FIELDS = (
    "kind",
    "status",
    "rule",
    "points",
    "cut",
    "cut_by",
    "flags",
    "spendable_on",
    "refusal",
)


def awarded(award: Award, *, replayed: bool = False) -> dict[str, Any]:
    """Return an award as JSON says it."""
    figures = {"minutes": award.present_minutes, "service_minutes": award.minutes}
    said = {name: getattr(award, name) for name in AWARD_FIELDS} | figures
    proof = {"picture": award.evidence_file_id is not None}
    return said | proof | {"award": award.key, "replayed": replayed}


@api.post("/awards/<key>/approval")
@api.arguments(VerdictSchema)
@api.response(200, AwardSchema)
def post_award_approval(sent: dict[str, Any], key: str) -> ResponseReturnValue:
    """Approve or refuse a waiting award: neither its maker nor the one who gains."""
    who = require(*APPROVERS)
    said = awards.Decision(sent["accept"], sent["reason"])
    return awarded(run(awards.decide_manual, key=key, decision=said, by=who, now=now()))


@api.put("/volunteers/<code>/rights/manual_award")
@api.response(200, RightSchema)
def put_right(code: str) -> ResponseReturnValue:
    """Entrust a volunteer (a team's captain) with awards by hand."""
    return held(code, run(change_right, code=code, change=rights.entrust))


@api.delete("/volunteers/<code>/rights/manual_award")
@api.response(200, RightSchema)
def delete_right(code: str) -> ResponseReturnValue:
    """Suspend the right to award by hand, also a leader's; points are untouched."""
    return held(code, run(change_right, code=code, change=rights.suspend))


def change_right(session: Session, *, code: str, change: Any) -> Right:
    """Let the secretary of the volunteer's community decide. Raises UnknownVolunteer to others."""
    who = require("community_secretary")
    person = people.volunteer(session, code)
    within = people.communities_under(database(), who.scopes("community_secretary"))
    if person.community_id not in within:
        raise people.UnknownVolunteer
    right: Right = change(session, person, by=who, now=now())
    return right


def held(code: str, right: Right) -> dict[str, Any]:
    """Return a right as JSON says it."""
    return {
        "volunteer": code,
        "right": right.name,
        "held": not right.suspended(business_day(now())),
    }
