"""What a caller does with an exception, from JSON or from a page: within what he may see.

Whose rights count is read before the transaction begins: none waits for a second connection.
"""

from functools import partial
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
from service.web import caller, database, now, settings

APPROVERS = (Role.SECRETARY, Role.APPROVER)
PURPOSE = "exception"


def reads(session: Session, keeper: Caller, seen: Seen) -> Reader:
    """Return the caller as the queue's reader, by today's rules."""
    return queue.reader(session, seen, actor=keeper.actor, today=today())


def within(*roles: Role) -> Seen:
    """Return what the caller sees by some offices; nothing without one of them."""
    return seen_by(*roles)[1] if caller().has(*roles) else Seen(frozenset())


def say(number: int, given: dict[str, Any], content: bytes | None = None) -> Answer:
    """Answer an exception, or carry it over, as one of its clerks; a picture may come with it."""
    _, seen = seen_by(*CLERKS)
    work = partial(said, number=number, given=given, seen=seen, content=content)
    return database().atomic(work)


def said(
    session: Session, *, number: int, given: dict[str, Any], seen: Seen, content: bytes | None
) -> Answer:
    """Answer with what was given."""
    row = queries.exception(session, number, seen)
    file = kept(session, row, content) if content else attached(session, row, given["attachment"])
    reply = Reply(
        resolution=given.get("resolution", CARRIED),
        note=given["note"],
        reason=given["reason"],
        key=given["key"],
        fen=given.get("fen"),
        until=given.get("until"),
        file_id=file.id if file else None,
    )
    return answers.reply(session, number, reply, by=caller().actor, now=now())


def attached(session: Session, row: Difference, code: str | None) -> files.File | None:
    """Return the picture that an answer names: one that the same person sent for this place.

    Raises UnknownFile.
    """
    if not code:
        return None
    found = files.find(session, code)
    sent = (found.purpose, found.community_id, found.kept_by)
    if sent != (PURPOSE, row.community_id, caller().actor):
        raise files.UnknownFile
    return found


def kept(session: Session, row: Difference, content: bytes) -> files.File:
    """Keep a picture for an exception."""
    return files.keep(
        session,
        content,
        purpose=PURPOSE,
        community_id=row.community_id,
        by=caller().actor,
        folder=settings().files_folder,
        now=now(),
    )


def attach(number: int, content: bytes) -> files.File:
    """Keep a picture that an answer will name."""
    _, seen = seen_by(*CLERKS)

    def work(session: Session) -> files.File:
        return kept(session, queries.exception(session, number, seen), content)

    return database().atomic(work)


def give(number: int, given: dict[str, Any]) -> Difference:
    """Give an exception to somebody who may answer it, or to nobody. Raises NotAssignable."""
    keeper, seen = seen_by(*CLERKS)
    to, was = (f"staff:{given[name]}" if given[name] else None for name in ("to", "was"))

    def work(session: Session) -> Difference:
        row = queries.exception(session, number, seen)
        if given["to"] and given["to"] not in {one.code for one in queue.assignees(session, row)}:
            raise NotAssignable
        return answers.assign(session, number, to=to, was=was, by=keeper.actor, now=now())

    return database().atomic(work)


def decide(number: int, given: dict[str, Any]) -> Answer:
    """Approve or decline an answer; who proposed it may withdraw it, and say so again."""
    keeper, seen = seen_by(*CLERKS, *APPROVERS)
    approves = within(*APPROVERS)

    def work(session: Session) -> Answer:
        row = queries.exception(session, number, seen)
        found = answers.meant(answers.answers(session, row), given["answer"])
        own = found is not None and found.proposed_by == keeper.actor
        if given["approve"] or not own:
            queries.exception(session, number, approves)
        act = answers.approve if given["approve"] else answers.decline
        nth = found.nth if found else given["answer"]  # who may was asked of this one alone
        return act(session, number, nth=nth, by=keeper.actor, now=now())

    return database().atomic(work)


def picture(number: int, code: str) -> files.File:
    """Return a picture that stands beside an exception's answers. Raises UnknownFile."""
    _, seen = seen_by(*READERS)

    def work(session: Session) -> files.File:
        found = queue.story(session, queries.exception(session, number, seen)).pictures.values()
        for one in found:
            if one.code == code:
                return one
        raise files.UnknownFile

    return database().atomic(work)


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
