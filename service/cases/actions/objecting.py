"""A volunteer objects; somebody who did not make it answers in writing within the days for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service import inbox, outbox, people, programmes
from service.cases.actions.opening import Opening, Piece, open_case
from service.cases.actions.traces import next_number, note, of_community
from service.cases.matters import Matter, matter
from service.cases.models import About, Objection, Origin, Verdict
from service.cases.refusals import (
    AnswerMissing,
    NotObjectable,
    ObjectionAnswered,
    OwnWork,
    UnknownObjection,
    WordsMissing,
)
from service.clock import business_day
from service.errors import KeyReused
from service.people import Caller, Volunteer


@dataclass(frozen=True, slots=True)
class Filing:
    """What is objected to, and why; `key` is of the form, so that it is filed once."""

    key: str
    kind: str
    ref: str
    text: str
    notice_ref: str | None = None
    file_id: int | None = None


def file_objection(
    session: Session, volunteer: Volunteer, given: Filing, *, by: Caller, now: datetime
) -> tuple[Objection, bool]:
    """File an objection, one's own or on paper for somebody; return it, and whether it stood.

    One about the same thing that still waits stands for a second one. Raises WordsMissing,
    NotObjectable, KeyReused.
    """
    text = given.text.strip()
    if not text:
        raise WordsMissing(field="text")
    asked = select(Objection).where(Objection.key == given.key)
    if known := session.exec(asked).first():
        if known.volunteer_id != volunteer.id:
            raise KeyReused
        return known, True
    found = matter(session, given.kind, given.ref, volunteer_id=volunteer.id)
    if found.community_id != volunteer.community_id:
        raise NotObjectable
    if standing := waiting_for(session, volunteer, given):
        return standing, True
    row = written(session, volunteer, given, found, by=by, now=now)
    tell_filed(session, volunteer, row, by=by, now=now)
    return row, False


def waiting_for(session: Session, volunteer: Volunteer, given: Filing) -> Objection | None:
    """Return the objection of the same volunteer to the same thing that has no answer yet."""
    asked = select(Objection).where(
        Objection.volunteer_id == volunteer.id,
        Objection.about_kind == given.kind,
        Objection.about_ref == given.ref,
        Objection.status == Verdict.OPEN,
    )
    return session.exec(asked).first()


def written(
    session: Session,
    volunteer: Volunteer,
    given: Filing,
    found: Matter,
    *,
    by: Caller,
    now: datetime,
) -> Objection:
    """Write an objection down, with the working day until which it is answered."""
    today = business_day(now)
    figures = programmes.rule_set(session, found.programme_id, today)
    days = figures.objection_answer_working_days
    row = Objection(
        programme_id=found.programme_id,
        community_id=found.community_id,
        year=today.year,
        number=next_number(session, Objection, community_id=found.community_id, year=today.year),
        key=given.key,
        volunteer_id=volunteer.id or 0,
        about_kind=given.kind,
        about_ref=given.ref,
        notice_ref=given.ref if given.kind == About.NOTICE else given.notice_ref,
        made_by=list(found.made_by),
        text=given.text.strip(),
        file_id=given.file_id,
        filed_by=by.actor,
        filed_at=now,
        due_on=programmes.add_working_days(session, today, days).day,
    )
    session.add(row)
    session.flush()
    return row


def tell_filed(
    session: Session, volunteer: Volunteer, row: Objection, *, by: Caller, now: datetime
) -> None:
    """Say that an objection came in, and until when it is answered."""
    said = {
        "objection": row.id,
        "code": row.code,
        "community": of_community(session, row.community_id),
        "volunteer": volunteer.code,
        "kind": row.about_kind,
        "about": row.about_ref,
    }
    due = {"due_on": row.due_on.isoformat()}
    outbox.publish(session, "ObjectionFiled", f"objection:{row.id}", said | due, now=now)
    note(session, row, "file", by=by, said=said | due, now=now)
    told: dict[str, str | int] = {"code": row.code, "day": row.due_on.isoformat()}
    message = inbox.Message("objection_filed", f"objection:{row.id}:filed", told, link(row))
    inbox.tell(session, [row.volunteer_id], message, now=now)


def link(row: Objection) -> str:
    """Return where the volunteer reads an objection."""
    return f"/me/objections/{row.id}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an objection is answered: whether it is right, and in which words."""

    upheld: bool
    words: str


def answer_objection(
    session: Session, objection_id: int, reply: Reply, *, by: Caller, now: datetime
) -> Objection:
    """Answer an objection in writing; one that is right becomes a case. The same again is told.

    Raises UnknownObjection, OwnWork, ObjectionAnswered, AnswerMissing.
    """
    row = locked(session, objection_id)
    refuse_maker(session, row, by)
    words = reply.words.strip()
    if not words:
        raise AnswerMissing
    verdict = Verdict.UPHELD if reply.upheld else Verdict.REJECTED
    if row.status != Verdict.OPEN:
        if (row.status, row.answer, row.answered_by) != (verdict, words, by.actor):
            raise ObjectionAnswered
        return row
    if reply.upheld:
        row.case_id = take_up(session, row, by=by, now=now)
    row.status, row.answer = verdict, words
    row.answered_by, row.answered_at = by.actor, now
    session.add(row)
    session.flush()
    tell_answered(session, row, by=by, now=now)
    return row


def locked(session: Session, objection_id: int) -> Objection:
    """Return an objection for this transaction alone. Raises UnknownObjection."""
    asked = select(Objection).where(col(Objection.id) == objection_id).with_for_update()
    found = session.exec(asked.execution_options(populate_existing=True)).first()
    if found is None:
        raise UnknownObjection
    return found


def refuse_maker(session: Session, row: Objection, by: Caller) -> None:
    """Keep from answering who made what is objected to, and who objects. Raises OwnWork."""
    mine = {by.actor}
    if by.volunteer_id is not None:
        mine.add(f"volunteer:{people.volunteer_by_id(session, by.volunteer_id).code}")
    if mine & set(row.made_by) or by.volunteer_id == row.volunteer_id:
        raise OwnWork


def take_up(session: Session, row: Objection, *, by: Caller, now: datetime) -> int:
    """Open the case in which an objection that is right is put right; return its number."""
    evidence = [Piece("objection", str(row.id), row.text)]
    evidence += [Piece("award", row.about_ref)] if row.about_kind == About.AWARD else []
    given = Opening(
        key=f"objection-{row.id}",
        community_id=row.community_id,
        title=f"{row.code}: {row.text}"[:TITLE_MAX],
        origin=Origin.OBJECTION,
        volunteer_id=row.volunteer_id,
        evidence=evidence,
    )
    case, _ = open_case(session, given, by=by, now=now)
    assert case.id is not None
    return case.id


TITLE_MAX = 120


def tell_answered(session: Session, row: Objection, *, by: Caller, now: datetime) -> None:
    """Send the answer to the volunteer, and say that there is one."""
    code = people.volunteer_by_id(session, row.volunteer_id).code
    said = {
        "objection": row.id,
        "code": row.code,
        "community": of_community(session, row.community_id),
        "volunteer": code,
        "kind": row.about_kind,
        "about": row.about_ref,
        "verdict": row.status,
        "case": row.case_id,
        "answer": row.answer,
    }
    outbox.publish(session, "ObjectionAnswered", f"objection:{row.id}", said, now=now)
    told = {"verdict": row.status, "reason": row.answer, "case": row.case_id}
    note(session, row, "answer", by=by, said=told, now=now)
    words: dict[str, str | int] = {"code": row.code, "answer": row.answer or ""}
    kind = f"objection_{row.status}"
    message = inbox.Message(kind, f"objection:{row.id}:answered", words, link(row))
    inbox.tell(session, [row.volunteer_id], message, now=now)
