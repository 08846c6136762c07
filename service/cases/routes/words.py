"""What states, outcomes and deeds of cases and objections are called on pages."""

from types import SimpleNamespace

from service import audit
from service.cases.models import About, Origin, Outcome, Status, Verdict
from service.clock import business_day
from service.i18n import N_
from service.web import now

STATES = {
    Status.FOUND: ("warn", N_("new")),
    Status.ASSIGNED: ("info", N_("being looked into")),
    Status.SOLVED: ("info", N_("solved, answer missing")),
    Status.ANSWERED: ("ok", N_("answered")),
}
ORIGINS = {
    Origin.FINDING: N_("a finding of the audit"),
    Origin.OBJECTION: N_("an objection"),
    Origin.EXCEPTION: N_("an exception"),
    Origin.HAND: N_("somebody's notice"),
}
OUTCOMES = {
    Outcome.PUT_RIGHT: N_("Put right"),
    Outcome.NOTHING_WRONG: N_("Nothing was wrong"),
    Outcome.NOT_PROVEN: N_("Not proven"),
}
PIECES = {
    "finding": N_("Finding"),
    "award": N_("Award"),
    "sale": N_("Sale"),
    "attendance": N_("Attendance"),
    "exception": N_("Exception"),
    "objection": N_("Objection"),
    "note": N_("Note"),
}
ABOUT = {
    About.AWARD: N_("An award"),
    About.NOTICE: N_("A public notice"),
    About.STAR: N_("A star"),
    About.EXCEPTION: N_("An exception"),
}
VERDICTS = {
    Verdict.OPEN: ("info", N_("waits for its answer")),
    Verdict.UPHELD: ("ok", N_("is right, being put right")),
    Verdict.REJECTED: ("info", N_("answered, nothing changes")),
}
DECISIONS = {
    None: ("warn", N_("waits for a second person")),
    "approved": ("ok", N_("approved and posted")),
    "refused": ("bad", N_("refused")),
}
DEEDS = {
    "case.open": N_("Opened the case"),
    "case.evidence": N_("Added evidence"),
    "case.assign": N_("Changed who looks after it"),
    "case.propose": N_("Proposed to take back"),
    "case.approve": N_("Approved: taken back"),
    "case.refuse": N_("Refused to take back"),
    "case.suspend": N_("Suspended a right"),
    "case.solve": N_("Wrote down what came out"),
    "case.answer": N_("Answered"),
    "objection.file": N_("Filed the objection"),
    "objection.answer": N_("Answered the objection"),
}


def words() -> SimpleNamespace:
    """Return the words and today's day for a page."""
    return SimpleNamespace(
        states=STATES,
        origins=ORIGINS,
        outcomes=OUTCOMES,
        pieces=PIECES,
        about=ABOUT,
        verdicts=VERDICTS,
        decisions=DECISIONS,
        deeds=DEEDS,
        findings=audit.TITLES,
        today=business_day(now()),
    )
