"""What cases and objections say no to. Another community's do not exist for the reader."""

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownCase(NotFound):
    """No case has this number, or it is another community's."""

    slug, title = "unknown-case", N_("There is no such case")


class UnknownObjection(NotFound):
    """No objection has this number, or the caller may not know that one has."""

    slug, title = "unknown-objection", N_("There is no such objection")


class UnknownEvidence(Invalid):
    """What a case shall rest on is not there, or is another community's."""

    slug, title = "unknown-evidence", N_("This evidence is not there")
    detail = N_("{kind} {ref} does not exist in this community.")
    field = "evidence"


class CaseAnswered(Conflict):
    """A case that was answered stays as it is."""

    slug, title = "case-answered", N_("This case has its answer already")


class CaseSolved(Conflict):
    """A case that was solved takes nothing but its answer."""

    slug, title = "case-solved", N_("This case was solved already")
    detail = N_("Only its answer is missing.")


class NotSolved(Conflict):
    """First it is said what came out, then it is answered."""

    slug, title = "case-not-solved", N_("This case is not solved yet")
    detail = N_("Write down what came out first.")


class ProposalWaits(Conflict):
    """One proposal at a time waits for its second person."""

    slug, title = "proposal-waits", N_("A proposal of this case waits for a second person")
    detail = N_("It must be approved or refused first.")


class NoProposal(NotFound):
    """The case has no proposal of this number."""

    slug, title = "no-proposal", N_("There is no such proposal")


class ProposalDecided(Conflict):
    """Somebody else decided about it, or this person otherwise."""

    slug, title = "proposal-decided", N_("This proposal was decided already")


class NothingToReverse(Invalid):
    """A proposal names at least one award or sale."""

    slug, title = "nothing-to-reverse", N_("Please choose what is to be taken back")
    field = "awards"


class RejectedMaker(Forbidden):
    """Who made one of the awards or sales does not decide about taking them back."""

    slug, title = "rejected-maker", N_("You made one of these. Another approver must decide.")


class RejectedProposer(Forbidden):
    """Who proposed does not decide, under whatever office."""

    slug, title = "rejected-proposer", N_("You proposed this. Another approver must decide.")


class RejectedBeneficiary(Forbidden):
    """Who gained by one of the awards or sales does not decide about taking them back."""

    slug, title = "rejected-beneficiary", N_("One of these is yours. Another approver must decide.")


class TakenMeanwhile(Conflict):
    """Somebody else looks after it since the page was read."""

    slug, title = "case-taken-meanwhile", N_("Somebody else looks after this case now")
    detail = N_("Read the page again, then decide.")


class NotAssignable(Invalid):
    """Only the secretary and the second approver of its community look after a case."""

    slug, title = "case-not-assignable", N_("This person cannot look after the case")
    field = "to"


class WordsMissing(Invalid):
    """Somebody will read this, and it is empty."""

    slug, title = "case-words-missing", N_("Please say it in words")
    detail = N_("One sentence is enough.")


class ReasonMissing(WordsMissing):
    """Who proposes or refuses says why."""

    field = "reason"


class AnswerMissing(WordsMissing):
    """An answer in writing has words."""

    field = "answer"


class NotObjectable(NotFound):
    """There is nothing of this name, or it is not about the one who objects."""

    slug, title = "not-objectable", N_("There is nothing here that you could object to")


class OwnWork(Forbidden):
    """Who made what is objected to, or objects, does not answer."""

    slug, title = "own-work", N_("You made this, or it is your objection")
    detail = N_("Another person must answer.")


class ObjectionAnswered(Conflict):
    """An answer that was given stays."""

    slug, title = "objection-answered", N_("This objection was answered already")
