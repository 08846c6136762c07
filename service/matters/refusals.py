"""What matters refuse, in words. A matter of somebody else's does not exist for the reader."""

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownMatter(NotFound):
    """No matter has this number or link, or the caller may not know that one has."""

    slug, title = "unknown-matter", N_("There is no such matter")
    detail = N_("The link or the number may be wrong. The community office can help.")


class WrongTurn(Conflict):
    """The matter does not stand where this step begins."""

    slug, title = "matter-elsewhere", N_("This matter has moved on")
    detail = N_("Somebody was faster. Please look at it again.")


class NotYourMatter(Forbidden):
    """The caller sees the matter but may not do this with it."""

    slug, title = "not-your-matter", N_("This step is another person's")


class WordsMissing(Invalid):
    """Somebody will read this, and it is empty."""

    slug, title = "words-missing", N_("Please say it in words")
    detail = N_("The field “words” is empty. One sentence is enough.")
    field = "words"


class UnknownAssignee(Invalid):
    """Nobody of this name solves matters in this community."""

    slug, title = "unknown-assignee", N_("Nobody here solves matters under that name")
    detail = N_("Choose a grid worker or a team of this community.")
    field = "assignee"


class TeamWithoutLeader(Invalid):
    """A team can only be given a matter when somebody answers for it."""

    slug, title = "team-without-leader", N_("This team has no leader yet")
    detail = N_("Name its leader first, under “Teams and leaders”.")
    field = "team"


class NotInTeam(Invalid):
    """A team is led by one of its own, of age."""

    slug, title = "not-in-team", N_("This volunteer cannot lead the team")
    detail = N_("A leader is an adult member of the team.")
    field = "volunteer"


class NotAVisit(Forbidden):
    """Matters are raised on visits, by those who take part."""

    slug, title = "not-a-visit", N_("Matters are raised on a visit, by those who are there")
    detail = N_("Check in first. For yourself, use “I need help”.")


class WhichPlace(Invalid):
    """The caller keeps several communities, or none of that name."""

    slug, title = "which-place", N_("Which community is it in?")
    detail = N_("Name one community that is yours.")
    field = "community"


class NotAnswered(Conflict):
    """There is nothing to rate yet."""

    slug, title = "not-answered", N_("There is no answer yet")
    detail = N_("As soon as there is one, you can rate it here.")


class RatingOver(Conflict):
    """The days in which a rating can be changed are over."""

    slug, title = "rating-over", N_("This rating can no longer be changed")
    detail = N_("It could be for 7 days. The community office hears you at any time.")


class TooManyPhotos(Invalid):
    """A step shows a few pictures, not an album."""

    slug, title = "too-many-photos", N_("At most {most} pictures at a time")
    field = "photos"
