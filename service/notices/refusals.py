"""What public notices say no to."""

from service.errors import Conflict, Gone, Invalid, NotFound
from service.i18n import N_


class UnknownNotice(NotFound):
    """No notice has this number, or it is another community's."""

    slug, title = "unknown-notice", N_("There is no such notice")


class DaysBackwards(Invalid):
    """The last day lies before the first."""

    slug, title = "days-backwards", N_("“To” lies before “from”")
    field = "until"


class DaysAhead(Invalid):
    """A notice cannot speak of days that are still to come."""

    slug, title = "days-ahead", N_("These days are not over yet")
    detail = N_("A notice speaks of service up to today.")
    field = "until"


class DaysTooMany(Invalid):
    """A notice that nobody can read to its end."""

    slug, title = "days-too-many", N_("That is too long for one notice")
    detail = N_("At most {most} days.")
    field = "until"


class StartPast(Invalid):
    """A notice is shown from today on at the earliest."""

    slug, title = "start-past", N_("The notice would have begun already")
    detail = N_("Please choose today or a later day.")
    field = "starts_on"


class StartNotWorking(Invalid):
    """The first day of showing must count."""

    slug, title = "start-not-working", N_("A notice begins on a working day")
    detail = N_("The next one is {day}.")
    field = "starts_on"


class DaysNoticed(Conflict):
    """Another notice speaks of one of these days."""

    slug, title = "days-noticed", N_("A day stands in another notice already")
    detail = N_("{name} speaks of {since} to {until}.")
    field = "since"


class NothingToNotice(Conflict):
    """Nobody's service was confirmed on these days."""

    slug, title = "nothing-to-notice", N_("No service is confirmed on these days")
    detail = N_("Please confirm it first.")
    field = "since"


class NotADraft(Conflict):
    """It was published, or given up."""

    slug, title = "not-a-draft", N_("This is no draft any more")


class NumbersGiven(Conflict):
    """The numbers of this year are ours already."""

    slug, title = "numbers-given", N_("This year's numbers have begun here")
    detail = N_("The last one is {last}; it goes on from there.")
    field = "last"


class PaperInPrint(Gone):
    """The worker has not made the file yet, or is making it anew."""

    slug, title = "paper-in-print", N_("The paper is being made")
    detail = N_("Please come back in a minute.")
    retry_after = 10
