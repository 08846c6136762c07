"""Honours and training at the desk, and the honours that everybody may see."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.clock import business_day
from service.people import Role
from service.records.actions.honours import (
    Citation,
    add_kind,
    grant_honour,
    retire_kind,
    withdraw_honour,
)
from service.records.actions.trainings import Course, enter_training, withdraw_training
from service.records.models import Honour, Training
from service.records.queries import persons
from service.records.queries.persons import PAGE, Whose
from service.records.refusals import UnknownHonour, UnknownTraining
from service.records.routes.readers import KEEPERS, READERS, Desk, desk, form, owned, person_of, run
from service.records.routes.words import KINDS_OF_TRAINING
from service.records.schemas import (
    HonourFormSchema,
    KindFormSchema,
    ReasonFormSchema,
    TrainingFormSchema,
)
from service.web import database, now

pages = Blueprint("honour_pages", __name__)


@pages.get("/desk/honours")
def show_honours() -> ResponseReturnValue:
    """Show who was honoured, the kinds there are, and the forms for new ones."""
    at = desk(*READERS)
    rows = persons.honours(
        database(), Whose(community_ids=at.community_ids), before=before(), limit=PAGE + 1
    )
    return render_template(
        "records/honours.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        kinds=persons.honour_kinds(database(), at.programme_id),
        decides=at.who.has(Role.SECRETARY),
        community=at.who.community,
        today=business_day(now()),
        key=f"HN-{uuid4().hex[:12]}",
    )


def before() -> int | None:
    """Read where a page begins."""
    found = request.args.get("before", type=int)
    return None if found is None else min(max(found, 0), 2**62)


@pages.post("/desk/honours")
def post_honour() -> ResponseReturnValue:
    """Honour somebody."""
    at, sent = desk(Role.SECRETARY), form(HonourFormSchema())
    run(honour, at=at, sent=sent)
    return redirect("/desk/honours")


def honour(session: Session, *, at: Desk, sent: dict[str, Any]) -> Honour:
    """Honour a volunteer of the desk's communities."""
    person = person_of(session, sent["volunteer"], at=at)
    said = Citation(sent["kind"], sent["day"], sent["reason"], sent["key"])
    return grant_honour(session, person, said=said, by=at.who, now=now())


@pages.post("/desk/honours/<int:number>/withdrawal")
def post_withdrawal(number: int) -> ResponseReturnValue:
    """Take an honour back, with a reason."""
    at, sent = desk(Role.SECRETARY), form(ReasonFormSchema())
    run(take_back, number=number, at=at, reason=sent["reason"])
    return redirect("/desk/honours")


def take_back(session: Session, *, number: int, at: Desk, reason: str) -> Honour:
    """Take back an honour of the desk's communities."""
    owned(session, Honour, number, at=at, refusal=UnknownHonour)
    return withdraw_honour(session, number, reason=reason, by=at.who, now=now())


@pages.post("/desk/honours/kinds")
def post_kind() -> ResponseReturnValue:
    """Add a kind of honour."""
    at, sent = desk(Role.SECRETARY), form(KindFormSchema())
    given = {"programme_id": at.programme_id, "by": at.who.actor, "now": now()}
    run(add_kind, name=sent["name"], **given)
    return redirect("/desk/honours")


@pages.post("/desk/honours/kinds/<int:number>/end")
def post_kind_end(number: int) -> ResponseReturnValue:
    """Give a kind up; honours of it stay."""
    run(retire_kind, kind_id=number, programme_id=desk(Role.SECRETARY).programme_id)
    return redirect("/desk/honours")


@pages.get("/honours/<community>")
def show_public(community: str) -> ResponseReturnValue:
    """Show everybody a community's proposed stars and its honours, of those who agreed.

    The others are a number.
    """
    place = run(people.unit, code=community)
    rows = persons.public_honours(database(), place.id or 0, before=before(), limit=PAGE + 1)
    since = min(max(request.args.get("after", 0, type=int), 0), 2**62)
    stars = persons.noticed_stars(database(), place.id or 0, after=since, limit=PAGE + 1)
    return render_template(
        "records/public_honours.html",
        place=place,
        honours=shown(rows, "before"),
        stars=shown(stars, "after"),
    )


def shown(rows: list[dict[str, Any]], word: str) -> dict[str, Any]:
    """Part a page into those who may be shown and the number of the others."""
    page = rows[:PAGE]
    return {
        "rows": [row for row in page if row["open"]],
        "hidden": sum(not row["open"] for row in page),
        "next": f"?{word}={page[-1]['id']}" if len(rows) > PAGE else "",
        "first": word not in request.args,
    }


@pages.get("/desk/trainings")
def show_trainings() -> ResponseReturnValue:
    """Show the trainings that were typed in, and the form for a new one."""
    at = desk(*READERS)
    rows = persons.trainings(
        database(), Whose(community_ids=at.community_ids), before=before(), limit=PAGE + 1
    )
    return render_template(
        "records/trainings.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        kinds=KINDS_OF_TRAINING,
        keeps=at.who.has(*KEEPERS),
        today=business_day(now()),
        key=f"TR-{uuid4().hex[:12]}",
    )


@pages.post("/desk/trainings")
def post_training() -> ResponseReturnValue:
    """Enter a training."""
    at, sent = desk(*KEEPERS), form(TrainingFormSchema())
    run(train, at=at, sent=sent)
    return redirect("/desk/trainings")


def train(session: Session, *, at: Desk, sent: dict[str, Any]) -> Training:
    """Enter a training of a volunteer of the desk's communities."""
    person = person_of(session, sent.pop("volunteer"), at=at)
    return enter_training(session, person, course=Course(**sent), by=at.who, now=now())


@pages.post("/desk/trainings/<int:number>/withdrawal")
def post_training_withdrawal(number: int) -> ResponseReturnValue:
    """Take a training out of the record, with a reason."""
    at, sent = desk(*KEEPERS), form(ReasonFormSchema())
    run(untrain, number=number, at=at, reason=sent["reason"])
    return redirect("/desk/trainings")


def untrain(session: Session, *, number: int, at: Desk, reason: str) -> Training:
    """Take out a training of the desk's communities."""
    owned(session, Training, number, at=at, refusal=UnknownTraining)
    return withdraw_training(session, number, reason=reason, by=at.who, now=now())
