"""What records say no to."""

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownStar(NotFound):
    """No star has this number, or it is another community's."""

    slug, title = "unknown-star", N_("There is no such star")


class OwnStar(Forbidden):
    """Nobody grants himself a star."""

    slug, title = "own-star", N_("Nobody decides on his own star")


class NoticeRuns(Conflict):
    """The days of notice are not over."""

    slug, title = "notice-runs", N_("The notice is not over yet")
    detail = N_("It runs until {day}. The star can be granted from the next day on.")


class StarDecided(Conflict):
    """The star was decided another way before."""

    slug, title = "star-decided", N_("This star was decided already")


class HoursFell(Conflict):
    """The hours are below the level now."""

    slug, title = "hours-fell", N_("The hours are below this star now")
    detail = N_("{have} of {needed} hours. Decline it, or wait until they are reached.")


class ReasonMissing(Invalid):
    """What takes something away says why."""

    slug, title = "reason-missing", N_("Please say why")
    field = "reason"


class UnknownHonour(NotFound):
    """No honour has this number, or it is another community's."""

    slug, title = "unknown-honour", N_("There is no such honour")


class OwnHonour(Forbidden):
    """Nobody honours himself."""

    slug, title = "own-honour", N_("Nobody honours himself")


class UnknownKind(Invalid):
    """The programme does not give this kind of honour."""

    slug, title = "unknown-honour-kind", N_("There is no such kind of honour")
    field = "kind"


class AheadOfTime(Invalid):
    """The day lies ahead."""

    slug, title = "ahead-of-time", N_("This day lies ahead")
    field = "day"


class UnknownTraining(NotFound):
    """No training has this number, or it is another community's."""

    slug, title = "unknown-training", N_("There is no such training")


class NotServed(Conflict):
    """Only who served at the activity is evaluated there."""

    slug, title = "not-served", N_("This person did not serve here")


class OwnEvaluation(Forbidden):
    """Nobody evaluates himself."""

    slug, title = "own-evaluation", N_("Nobody evaluates himself")
    detail = N_("The recorder or the secretary evaluates the leader.")


class NotOver(Conflict):
    """The activity has not ended yet."""

    slug, title = "not-over", N_("The activity is not over yet")


class Archived(Conflict):
    """The activity is archived: what was said of it stays."""

    slug, title = "archived", N_("This activity is archived")
    detail = N_("Its evaluations can no longer be changed.")


class UnknownPoster(NotFound):
    """The link names no activity that can be rated."""

    slug, title = "unknown-rating-link", N_("This link leads nowhere")
    detail = N_("Please scan the code at the place of the activity again.")


class RatingClosed(Conflict):
    """Ratings are taken from the start until some days after the end."""

    slug, title = "rating-closed", N_("This activity cannot be rated now")
    detail = N_("Ratings are taken from its start until a week after its end.")
