"""HTTP of awards after the fact: lists for staff, and taking back by two people."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions import reversals
from service.activities.actions.awards import Decision, refuse_own
from service.activities.actions.gate import KEEPERS
from service.activities.models import AwardReversal, id_of
from service.activities.queries.award_lists import (
    PAGE,
    ListedAward,
    Wanted,
    award_by_key,
    awards_page,
)
from service.activities.refusals import UnknownAward
from service.activities.routes.hours import APPROVERS, awarded
from service.activities.routes.keepers import READERS, run, signed_in, visible
from service.activities.schemas import (
    AwardReversalSchema,
    AwardsAskedSchema,
    AwardsSchema,
    ReversalSentSchema,
    VerdictSchema,
)
from service.errors import Forbidden
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("award_reversals", __name__, url_prefix="/api/v1", description="Awards")


@api.get("/awards")
@api.arguments(AwardsAskedSchema, location="query")
@api.response(200, AwardsSchema)
def get_awards(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the awards of the caller's communities, the newest first."""
    require(*READERS)
    rows: list[ListedAward] = run(awards_page, wanted=Wanted(visible() or [], **asked))
    following = rows[PAGE - 1].award.id if len(rows) > PAGE else None
    return {"items": [of_list(row) for row in rows[:PAGE]], "next": following}


def of_list(row: ListedAward) -> dict[str, Any]:
    """Return an award of a list as JSON says it."""
    award = row.award
    said = {name: getattr(award, name) for name in ("service_day", "maker", "approver")}
    place = row.activity.code if row.activity else None
    return awarded(award) | said | {"volunteer": row.volunteer.code, "activity": place}


@api.post("/awards/<key>/reversal")
@api.arguments(ReversalSentSchema)
@api.response(201, AwardReversalSchema)
def post_reversal(sent: dict[str, Any], key: str) -> ResponseReturnValue:
    """Propose to take an award back; another person decides."""
    require(*KEEPERS)
    return told(key, run(propose, key=key, reason=sent["reason"]))


def propose(session: Session, *, key: str, reason: str) -> AwardReversal:
    """Write a proposal down for an award of the caller's community."""
    found = of_office(session, key, KEEPERS)
    return reversals.propose_reversal(
        session, id_of(found.award), reason=reason, by=signed_in(), now=now()
    )


@api.post("/awards/<key>/reversal/approval")
@api.arguments(VerdictSchema)
@api.response(200, AwardReversalSchema)
def post_reversal_approval(sent: dict[str, Any], key: str) -> ResponseReturnValue:
    """Decide as the second person: neither maker, nor proposer, nor the one who gained."""
    require(*APPROVERS, "volunteer")
    return told(key, run(decide, key=key, decision=Decision(sent["accept"], sent["reason"])))


def decide(session: Session, *, key: str, decision: Decision) -> AwardReversal:
    """Let an approver of the volunteer's community decide.

    The maker and the one who gained are told that it is theirs, which they know.
    """
    refuse_own(award_by_key(session, key).award, signed_in())
    found = of_office(session, key, APPROVERS)
    return reversals.decide_reversal(
        session, id_of(found.award), decision=decision, by=signed_in(), now=now()
    )


def of_office(session: Session, key: str, roles: tuple[str, ...]) -> ListedAward:
    """Return an award for somebody who has an office where it was given.

    To others there is no such award.
    """
    found, who = award_by_key(session, key), signed_in()
    community = people.unit_by_id(session, found.volunteer.community_id).code
    chain = people.scope_chain(database(), community)
    if people.authorised(who, roles, chain):
        return found
    raise Forbidden if people.authorised(who, READERS, chain) else UnknownAward


def told(key: str, found: AwardReversal) -> dict[str, Any]:
    """Return a reversal as JSON says it."""
    row: ListedAward = run(award_by_key, key=key)
    return {
        "award": key,
        "volunteer": row.volunteer.code,
        "status": found.decision or "proposed",
        "points": -row.award.points,
        "service_minutes": -row.award.minutes,
        "reason": found.reason,
        "proposed_by": found.proposed_by,
        "decided_by": found.decided_by,
        "refusal": found.refusal,
    }
