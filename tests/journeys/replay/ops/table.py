"""The vocabulary: which op is played by which function, and which endpoints that takes."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.journeys.replay.ops import awards, cases, desk, gate, notices, records, till
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import World


@dataclass(frozen=True, slots=True)
class Handler:
    """How an op is played; `needs` are endpoints that a service may not offer yet."""

    play: Callable[[World, Op], None]
    needs: tuple[str, ...] = ()


PROPOSALS = "POST /cases/{number}/proposals"
HANDLERS = {
    "cancel_signup": Handler(gate.cancel_signup),
    "expect_promoted": Handler(gate.expect_promoted),
    "check_in": Handler(gate.check_in),
    "check_out": Handler(gate.check_out),
    "paper_sign": Handler(gate.paper_sign),
    "audience": Handler(gate.audience),
    "expect_no_show": Handler(gate.expect_no_show),
    "upload_batch": Handler(gate.upload_batch),
    "confirm": Handler(awards.confirm),
    "manual_award": Handler(awards.manual_award),
    "audit": Handler(cases.audit, ("POST /audit/runs", "POST /cases")),
    "propose_reversal": Handler(cases.propose_reversal, (PROPOSALS,)),
    "approve_reversal": Handler(cases.approve_reversal, (f"{PROPOSALS}/{{nth}}/decision",)),
    "suspend_right": Handler(cases.suspend_right, ("POST /cases/{number}/suspensions",)),
    "objection": Handler(cases.objection, ("POST /me/objections",)),
    "redeem": Handler(till.redeem),
    "queue_offline": Handler(till.queue_offline),
    "discount": Handler(till.discount),
    "reverse_redemption": Handler(till.reverse_redemption),
    "reconcile": Handler(desk.reconcile, ("POST /reconciliation/runs",)),
    "expire": Handler(desk.expire),
    "statement": Handler(desk.statement),
    "export_service_records": Handler(
        records.export_service_records, ("POST /service-records/exports",)
    ),
    "publish_notice": Handler(notices.publish_notice, ("POST /notices/{number}/publication",)),
    "grant_star": Handler(records.grant_star, ("PUT /volunteers/{code}/stars/{level}",)),
}


def why_not(op: Op, offered: frozenset[str]) -> str | None:
    """Return why an op cannot be played here, or None."""
    handler = HANDLERS.get(op.name)
    if handler is None:
        return f"{op.name} is not played yet"
    missing = [endpoint for endpoint in handler.needs if endpoint not in offered]
    return f"the service has no {missing[0]}" if missing else None
