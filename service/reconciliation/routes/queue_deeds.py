"""What a caller does with an exception, from JSON or from a page: within what he may see."""

from typing import Any

from flask import request
from sqlmodel import Session

from service import files, people
from service.people import Caller, Role
from service.reconciliation import answers, queries, queue
from service.reconciliation.answer_models import CARRIED, Answer, NotAssignable
from service.reconciliation.answers import Reply
from service.reconciliation.models import Difference
from service.reconciliation.queries import Seen
from service.reconciliation.queue import Reader
from service.reconciliation.routes.whose import CLERKS, READERS, seen_by, today
from service.web import database, now, settings

APPROVERS = (Role.SECRETARY, Role.APPROVER)
PURPOSE = "exception"


def reads(session: Session, keeper: Caller, seen: Seen) -> Reader:
    """Return the caller as the queue's reader, by today's rules."""
    return queue.reader(session, seen, actor=keeper.actor, today=today())


def places_of(session: Session, row: Difference) -> tuple[str, ...]:
    """Return the codes of the units in which an exception lies."""
    return people.scope_chain(database(), people.unit_by_id(session, row.community_id).code)


def say(session: Session, *, number: int, given: dict[str, Any]) -> Answer:
    """Answer an exception, or carry it over, as one of its clerks."""
    keeper, seen = seen_by(*CLERKS)
    row = queries.exception(session, number, seen)
    reply = Reply(
        resolution=given.get("resolution", CARRIED),
        note=given["note"],
        reason=given["reason"],
        key=given["key"],
        fen=given.get("fen"),
        until=given.get("until"),
        file_id=attached(session, row, given.get("attachment"), keeper),
    )
    return answers.reply(session, number, reply, by=keeper.actor, now=now())


def attached(session: Session, row: Difference, code: str | None, keeper: Caller) -> int | None:
    """Return the picture that an answer names: one that the same person sent for this place.

    Raises UnknownFile.
    """
    if not code:
        return None
    found = files.find(session, code)
    sent = (found.purpose, found.community_id, found.kept_by)
    if sent != (PURPOSE, row.community_id, keeper.actor):
        raise files.UnknownFile
    return found.id


def attach(session: Session, *, number: int, content: bytes) -> files.File:
    """Keep a picture that an answer will name."""
    keeper, seen = seen_by(*CLERKS)
    row = queries.exception(session, number, seen)
    return files.keep(
        session,
        content,
        purpose=PURPOSE,
        community_id=row.community_id,
        by=keeper.actor,
        folder=settings().files_folder,
        now=now(),
    )


def give(session: Session, *, number: int, given: dict[str, Any]) -> Difference:
    """Give an exception to somebody who may answer it, or to nobody. Raises NotAssignable."""
    keeper, seen = seen_by(*CLERKS)
    row = queries.exception(session, number, seen)
    to, was = (f"staff:{given[name]}" if given[name] else None for name in ("to", "was"))
    known = {one.code for one in queue.assignees(session, row, places_of(session, row))}
    if given["to"] and given["to"] not in known:
        raise NotAssignable
    return answers.assign(session, number, to=to, was=was, by=keeper.actor, now=now())


def decide(session: Session, *, number: int, given: dict[str, Any]) -> Answer:
    """Approve or decline the answer that waits; who proposed it may withdraw it."""
    keeper, seen = seen_by(*CLERKS, *APPROVERS)
    row = queries.exception(session, number, seen)
    waits = queue.story(session, row).waits
    withdraws = waits is not None and waits.proposed_by == keeper.actor and not given["approve"]
    if not withdraws:
        _, approves = seen_by(*APPROVERS)
        queries.exception(session, number, approves)
    act = answers.approve if given["approve"] else answers.decline
    return act(session, number, nth=given["answer"], by=keeper.actor, now=now())


def picture(session: Session, *, number: int, code: str) -> files.File:
    """Return a picture that stands beside an exception's answers. Raises UnknownFile."""
    _, seen = seen_by(*READERS)
    found = queue.story(session, queries.exception(session, number, seen)).pictures.values()
    for one in found:
        if one.code == code:
            return one
    raise files.UnknownFile


def community_asked(session: Session, seen: Seen, code: str | None) -> Seen:
    """Return what is seen of one community, or all that is seen. Raises UnknownUnit."""
    if not code:
        return seen
    wanted = people.unit(session, code).id
    if wanted not in seen.community_ids:
        raise people.UnknownUnit
    return Seen(frozenset({wanted}), seen.shops_only, seen.shops)


def from_form(*names: str) -> dict[str, str]:
    """Return the fields of the form that were filled in."""
    return {name: request.form[name] for name in names if request.form.get(name, "").strip()}
