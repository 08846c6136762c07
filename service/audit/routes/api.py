"""The audit as JSON: findings, one finding, dismissing it, and looks that are asked for."""

from typing import Any

from sqlmodel import Session

from service import people
from service.audit import queries
from service.audit.book import RULES
from service.audit.models import AuditFinding, AuditRun
from service.audit.routes.reading import (
    ask_for,
    decider,
    dismiss_it,
    read_page,
    reader,
    run,
    runs_of,
)
from service.audit.schemas import (
    AskSchema,
    FindingSchema,
    FindingsSchema,
    PeriodSchema,
    ReasonSchema,
    RunSchema,
    RunsSchema,
)
from service.web.api import ApiBlueprint

api = ApiBlueprint("audit", __name__, url_prefix="/api/v1/audit", description="Audit")


@api.get("/findings")
@api.arguments(AskSchema, location="query")
@api.response(200, FindingsSchema)
def get_findings(asked: dict[str, Any]) -> Any:
    """List findings of the caller's communities, the newest day first."""
    page = run(read_page, at=reader(), asked=asked)
    items = [described(row, page.places[row.community_id]) for row in page.rows]
    return {"items": items, "next": page.next, "open": page.counts}


@api.get("/findings/<int:number>")
@api.response(200, FindingSchema)
def get_finding(number: int) -> Any:
    """Tell one finding."""
    at = reader()

    def work(session: Session) -> dict[str, Any]:
        return whole(session, queries.finding(session, number, at.community_ids))

    return run(work)


@api.post("/findings/<int:number>/dismissal")
@api.arguments(ReasonSchema)
@api.response(200, FindingSchema)
def post_dismissal(given: dict[str, Any], number: int) -> Any:
    """Say that a finding is nothing, and why."""
    at = decider()

    def work(session: Session) -> dict[str, Any]:
        return whole(session, dismiss_it(session, at=at, number=number, reason=given["reason"]))

    return run(work)


@api.get("/runs")
@api.response(200, RunsSchema)
def get_runs() -> Any:
    """List the newest looks that were asked for, and how far they are."""
    return {"items": [asked_look(one) for one in run(runs_of, at=reader())]}


@api.post("/runs")
@api.arguments(PeriodSchema)
@api.response(202, RunSchema)
def post_run(given: dict[str, Any]) -> Any:
    """Ask for a look through a period; while one is under way, that one is told."""
    return asked_look(run(ask_for, at=decider(), given=given))


def whole(session: Session, row: AuditFinding) -> dict[str, Any]:
    """Return a finding as JSON's fields."""
    return described(row, people.unit_by_id(session, row.community_id))


def described(row: AuditFinding, place: people.Unit) -> dict[str, Any]:
    """Return a finding with its community's code."""
    return {**row.model_dump(), "community": place.code}


def asked_look(one: AuditRun) -> dict[str, Any]:
    """Return a look, and how many rules there are."""
    return {**one.model_dump(), "rules": len(RULES)}
