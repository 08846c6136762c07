"""What waits for whom: one query counts every queue that the reader's offices open."""

from dataclasses import dataclass
from datetime import datetime

from service.db import Database
from service.i18n import N_
from service.people import Caller, Role
from service.reports import Scope

KEEPERS = (Role.SECRETARY, Role.RECORDER)
DECIDERS = (*KEEPERS, Role.APPROVER)
# Whoever reads only is told how much waits for others.
WATCHERS = (Role.AUDITOR,)


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of work: who does it, where, and how much of it there is."""

    slug: str
    title: str
    icon: str
    href: str
    roles: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things of a queue wait; `href` is the page on which they are done."""

    slug: str
    title: str
    icon: str
    href: str
    count: int


QUEUES = (
    Queue(
        "hours", N_("Activities whose hours are to be confirmed"), "stamp", "/desk/activities",
        KEEPERS,
        """SELECT count(*) FROM activities t WHERE t.community_id = ANY (%(communities)s)
        AND t.ends_at <= %(now)s AND t.id IN (SELECT n.activity_id FROM activities_attendances n
          WHERE n.status IN ('in', 'out', 'undecided'))""",
    ),
    Queue(
        "awards", N_("Points entered by hand"), "flag", "/desk/awards?status=waiting", DECIDERS,
        """SELECT count(*) FROM activities_awards w
        JOIN people_holders v ON v.id = w.volunteer_id
        WHERE w.status = 'waiting' AND v.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "reversals", N_("Awards to take back"), "undo", "/desk/awards", DECIDERS,
        """SELECT count(*) FROM activities_award_reversals r
        JOIN activities_awards w ON w.id = r.award_id
        JOIN people_holders v ON v.id = w.volunteer_id
        WHERE r.decision IS NULL AND r.bundle IS NULL AND v.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "sales", N_("Sales to take back"), "undo", "/desk/sales", DECIDERS,
        """SELECT count(*) FROM redemptions_reversals x JOIN redemptions r ON r.id = x.redemption_id
        JOIN shops s ON s.id = r.shop_id WHERE x.approved_at IS NULL AND x.declined_at IS NULL
          AND x.bundle IS NULL AND s.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "paper", N_("Lines of paper sheets"), "print", "/desk/awards", DECIDERS,
        """SELECT count(*) FROM activities_paper_lines p JOIN activities t ON t.id = p.activity_id
        WHERE p.status = 'waiting' AND t.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "exceptions", N_("Differences without an answer"), "warn", "/desk/exceptions", KEEPERS,
        """SELECT count(*) FROM reconciliation_exceptions e
        WHERE e.community_id = ANY (%(communities)s) AND e.status <> 'resolved'""",
    ),
    Queue(
        "answers", N_("Answers that need a second person"), "ok", "/desk/exceptions", DECIDERS,
        """SELECT count(*) FROM reconciliation_answers a
        JOIN reconciliation_exceptions e ON e.id = a.exception_id
        WHERE a.status = 'waiting' AND e.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "findings", N_("Findings of the audit"), "flag", "/desk/audit",
        (Role.SECRETARY, Role.APPROVER),
        """SELECT count(*) FROM audit_findings f
        WHERE f.community_id = ANY (%(communities)s) AND f.status = 'open'""",
    ),
    Queue(
        "calls", N_("Calls of the random audit"), "bell", "/desk/sampling", (Role.SECRETARY,),
        """SELECT count(*) FROM sampling_calls c
        WHERE c.community_id = ANY (%(communities)s) AND c.result IS NULL""",
    ),
    Queue(
        "cases", N_("Open cases"), "book", "/desk/cases", (Role.SECRETARY, Role.APPROVER),
        """SELECT count(*) FROM cases c
        WHERE c.community_id = ANY (%(communities)s) AND c.status <> 'answered'""",
    ),
    Queue(
        "proposals", N_("Proposals of cases to decide"), "undo", "/desk/cases",
        (Role.SECRETARY, Role.APPROVER),
        """SELECT count(*) FROM cases_proposals p JOIN cases c ON c.id = p.case_id
        WHERE p.decision IS NULL AND c.community_id = ANY (%(communities)s)""",
    ),
    Queue(
        "objections", N_("Objections to answer"), "person", "/desk/objections",
        (Role.SECRETARY, Role.APPROVER),
        """SELECT count(*) FROM cases_objections o
        WHERE o.community_id = ANY (%(communities)s) AND o.status = 'open'""",
    ),
    Queue(
        "notices", N_("Public notices to publish"), "print", "/desk/notices", KEEPERS,
        """SELECT count(*) FROM notices n
        WHERE n.community_id = ANY (%(communities)s) AND n.status = 'draft'""",
    ),
    Queue(
        "days", N_("Shops' days to close"), "stamp", "/desk/closing", (Role.SECRETARY,),
        """SELECT count(*) FROM settlement_days d
        WHERE d.community_id = ANY (%(communities)s) AND d.step = 'reviewed'""",
    ),
    Queue(
        "statements", N_("Statements to sign"), "book", "/desk/statements", (Role.SECRETARY,),
        """SELECT count(*) FROM settlement_statements s
        WHERE s.community_id = ANY (%(communities)s) AND s.status = 'reviewed'""",
    ),
)  # fmt: skip


def waiting_for(database: Database, scope: Scope, who: Caller, now: datetime) -> list[Waiting]:
    """Return the reader's queues in which something waits: one query, however many there are."""
    mine = [queue for queue in QUEUES if who.has(*queue.roles, *WATCHERS)]
    if not mine:
        return []
    columns = ", ".join(f'({queue.sql}) AS "{queue.slug}"' for queue in mine)
    row = database.call(f"SELECT {columns}", {**scope.params, "now": now}) or {}
    return [
        Waiting(queue.slug, queue.title, queue.icon, queue.href, row[queue.slug])
        for queue in mine
        if row.get(queue.slug)
    ]
