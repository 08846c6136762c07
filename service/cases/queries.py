"""Reads of cases and objections, always within the communities of the reader."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service import audit, files
from service.activities import Activity, Award, AwardStatus
from service.cases.models import Case, Evidence, Item, Objection, Proposal, Status, Verdict
from service.cases.refusals import UnknownCase, UnknownObjection
from service.people import Volunteer
from service.redemptions import Redemption

PAGE = 30
FOUND_MAX = 10
LATEST = 10
CODE_PREFIX = "CASE-"


@dataclass(frozen=True, slots=True)
class Listed:
    """A case or an objection of a list, and the volunteer whom it is about."""

    row: Any
    volunteer: Volunteer | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of cases and objections waits for people."""

    cases: int
    proposals: int
    objections: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objections there are to one thing, and how they were answered."""

    filed: int
    open: int
    upheld: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Part:
    """One award or one sale of a proposal, and whose it is."""

    item: Item
    award: Award | None
    sale: Redemption | None
    volunteer: Volunteer | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that stands of one case, beside its trail."""

    evidence: Sequence[Evidence]
    pictures: dict[int, files.File]
    findings: Sequence[audit.AuditFinding]
    proposals: Sequence[Proposal]
    parts: dict[int, list[Part]]  # by the number of the proposal
    suspends: dict[int, str]  # who shall not lead, by the number of the proposal

    @property
    def waits(self) -> Proposal | None:
        """Return the proposal that has no decision yet."""
        return next((one for one in self.proposals if one.decision is None), None)


def case(session: Session, case_id: int, community_ids: Collection[int]) -> Case:
    """Return a case of some communities. Raises UnknownCase."""
    found = session.get(Case, case_id)
    if found is None or found.community_id not in community_ids:
        raise UnknownCase
    return found


def cases_page(
    session: Session,
    community_ids: Collection[int],
    *,
    answered: bool = False,
    mine: str | None = None,
    before: int | None = None,
) -> list[Listed]:
    """Return a page of cases, the newest first, and one more row than a page holds."""
    asked = (
        select(Case, Volunteer)
        .outerjoin(Volunteer, col(Volunteer.id) == Case.volunteer_id)
        .where(col(Case.community_id).in_(community_ids))
    )
    same = Case.status == Status.ANSWERED if answered else Case.status != Status.ANSWERED
    asked = asked.where(same)
    if mine is not None:
        asked = asked.where(Case.assigned_to == mine)
    if before is not None:
        asked = asked.where(col(Case.id) < before)
    rows = session.exec(asked.order_by(col(Case.id).desc()).limit(PAGE + 1))
    return [Listed(*row) for row in rows]


def find_cases(session: Session, community_ids: Collection[int], words: str) -> list[Case]:
    """Return the cases with this number, as CASE-3 or 3, the newest year first."""
    number = words.strip().upper().removeprefix(CODE_PREFIX)
    if not (number.isascii() and number.isdecimal()) or len(number) > len(str(10**8)):
        return []
    asked = select(Case).where(
        col(Case.community_id).in_(community_ids), Case.number == int(number)
    )
    return list(session.exec(asked.order_by(col(Case.id).desc()).limit(FOUND_MAX)).all())


def story(session: Session, found: Case) -> Story:
    """Read what stands of a case, in as many statements as there are kinds of it."""
    asked = select(Evidence).where(Evidence.case_id == found.id).order_by(col(Evidence.id))
    evidence = session.exec(asked).all()
    pictures = files.find_all(session, [one.file_id for one in evidence if one.file_id])
    taken = select(audit.AuditFinding).where(audit.AuditFinding.case_id == found.id)
    findings = session.exec(taken.order_by(col(audit.AuditFinding.id))).all()
    said = (
        select(Proposal, Volunteer)
        .outerjoin(Volunteer, col(Volunteer.id) == Proposal.suspends_id)
        .where(Proposal.case_id == found.id)
        .order_by(col(Proposal.nth))
    )
    rows = session.exec(said).all()
    suspends = {one.nth: person.code for one, person in rows if one.suspends_id}
    proposals = [one for one, _ in rows]
    return Story(evidence, pictures, findings, proposals, parts(session, found), suspends)


def parts(session: Session, found: Case) -> dict[int, list[Part]]:
    """Return what the proposals of a case are about, in one statement."""
    asked = (
        select(Item, Award, Redemption, Volunteer)
        .outerjoin(Award, col(Award.id) == Item.award_id)
        .outerjoin(Redemption, col(Redemption.id) == Item.redemption_id)
        .outerjoin(
            Volunteer,
            col(Volunteer.id) == func.coalesce(Award.volunteer_id, Redemption.volunteer_id),
        )
        .where(Item.case_id == found.id)
        .order_by(col(Item.id))
    )
    told: dict[int, list[Part]] = {}
    for row in session.exec(asked):
        told.setdefault(row[0].nth, []).append(Part(*row))
    return told


def awards_of_case(session: Session, evidence: Sequence[Evidence]) -> list[tuple[Award, Volunteer]]:
    """Return the awards that a case rests on, with whose they are."""
    keys = [one.ref for one in evidence if one.kind == "award"]
    asked = (
        select(Award, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Award.volunteer_id)
        .where(col(Award.key).in_(keys))
    )
    return list(session.exec(asked.order_by(col(Award.id))).all()) if keys else []


def objection(session: Session, number: int, community_ids: Collection[int]) -> Objection:
    """Return an objection of some communities. Raises UnknownObjection."""
    found = session.get(Objection, number)
    if found is None or found.community_id not in community_ids:
        raise UnknownObjection
    return found


def own_objection(session: Session, number: int, volunteer_id: int | None) -> Objection:
    """Return one of a volunteer's own objections. Raises UnknownObjection."""
    found = session.get(Objection, number)
    if found is None or found.volunteer_id != volunteer_id:
        raise UnknownObjection
    return found


def objections_due(
    session: Session, community_ids: Collection[int], *, after: tuple[date, int] | None = None
) -> list[Listed]:
    """Return a page of the objections without an answer, what is due first at the top."""
    asked = listed().where(
        col(Objection.community_id).in_(community_ids), Objection.status == Verdict.OPEN
    )
    if after is not None:
        day, number = after
        later = (col(Objection.due_on) == day) & (col(Objection.id) > number)
        asked = asked.where((col(Objection.due_on) > day) | later)
    rows = session.exec(asked.order_by(col(Objection.due_on), col(Objection.id)).limit(PAGE + 1))
    return [Listed(*row) for row in rows]


def objections_answered(
    session: Session, community_ids: Collection[int], *, before: int | None = None
) -> list[Listed]:
    """Return a page of the answered objections, the newest first."""
    asked = listed().where(
        col(Objection.community_id).in_(community_ids), Objection.status != Verdict.OPEN
    )
    if before is not None:
        asked = asked.where(col(Objection.id) < before)
    rows = session.exec(asked.order_by(col(Objection.id).desc()).limit(PAGE + 1))
    return [Listed(*row) for row in rows]


def listed() -> Any:
    """Begin a reading of objections with whose they are."""
    return select(Objection, Volunteer).join(Volunteer, col(Volunteer.id) == Objection.volunteer_id)


def own_objections(
    session: Session, volunteer_id: int | None, *, before: int | None = None
) -> list[Objection]:
    """Return a page of a volunteer's own objections, the newest first."""
    asked = select(Objection).where(Objection.volunteer_id == volunteer_id)
    if before is not None:
        asked = asked.where(col(Objection.id) < before)
    return list(session.exec(asked.order_by(col(Objection.id).desc()).limit(PAGE + 1)).all())


def awards_of(session: Session, volunteer_id: int | None) -> list[tuple[Award, str | None]]:
    """Return a volunteer's latest awards with their activities' titles: what may be objected to."""
    asked = (
        select(Award, Activity.title)
        .outerjoin(Activity, col(Activity.id) == Award.activity_id)
        .where(Award.volunteer_id == volunteer_id, Award.status != AwardStatus.WAITING)
    )
    return list(session.exec(asked.order_by(col(Award.id).desc()).limit(LATEST)).all())


def cases_about(session: Session, volunteer_id: int | None) -> list[Case]:
    """Return the answered cases about a volunteer, the newest first: what the volunteer reads."""
    asked = select(Case).where(Case.volunteer_id == volunteer_id, Case.status == Status.ANSWERED)
    return list(session.exec(asked.order_by(col(Case.id).desc()).limit(PAGE)).all())


COUNTS = text(
    """SELECT count(*) AS filed, count(*) FILTER (WHERE status = 'open') AS open,
  count(*) FILTER (WHERE status = 'upheld') AS upheld,
  count(*) FILTER (WHERE status = 'rejected') AS rejected
FROM cases_objections WHERE notice_ref = :ref"""
)
WAITING = text(
    """SELECT
  (SELECT count(*) FROM cases WHERE community_id = ANY (:communities) AND status <> 'answered')
    AS cases,
  (SELECT count(*) FROM cases_proposals p JOIN cases c ON c.id = p.case_id
    WHERE p.decision IS NULL AND c.community_id = ANY (:communities)) AS proposals,
  count(*) AS objections, count(*) FILTER (WHERE due_on < :today) AS overdue
FROM cases_objections WHERE community_id = ANY (:communities) AND status = 'open'"""
)


def objection_counts(session: Session, notice_ref: str) -> Counts:
    """Count the objections that were filed while a public notice was read."""
    row = session.execute(COUNTS, {"ref": notice_ref}).mappings().one()
    return Counts(**row)


def waiting(session: Session, community_ids: Collection[int], *, today: date) -> Waiting:
    """Count what waits in some communities, in one statement."""
    asked = {"communities": list(community_ids), "today": today}
    row = session.execute(WAITING, asked).mappings().one()
    return Waiting(**row)
