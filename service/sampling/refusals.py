"""What the random audit says no to."""

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownDraw(NotFound):
    """No draw of this community and month, or it is another community's."""

    slug, title = "unknown-draw", N_("There is no such draw")


class UnknownCall(NotFound):
    """No call has this number, or it is another community's."""

    slug, title = "unknown-call", N_("There is no such call")


class ListNotYet(Forbidden):
    """The list is shown when nobody can be warned any more."""

    slug, title = "list-not-yet", N_("The list is not public yet")
    detail = N_("It is published when all calls are answered, or a month after the draw.")


class OwnHand(Forbidden):
    """Nobody audits what he confirmed, led or did himself."""

    slug, title = "own-hand", N_("Nobody checks his own hours or confirmations")
    detail = N_("Somebody else must call: the secretary, the recorder or the second approver.")


class CallSettled(Conflict):
    """The call has its result, which is never changed."""

    slug, title = "call-settled", N_("This call has its result already")


class TriedToday(Conflict):
    """Trying in vain counts once a day, or three tries in a minute would be the end of it."""

    slug, title = "tried-today", N_("Today's try is noted already")
    detail = N_("Please try again on another day.")


class WordsMissing(Invalid):
    """What differs is said."""

    slug, title = "words-missing", N_("Please say what differs")
    field = "said"
