"""What the association's house refuses."""

from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_


class UnknownOffer(NotFound):
    """The shop has no good with this code."""

    slug, title = "unknown-offer", N_("This shop has no such good")


class CodeTaken(Conflict):
    """Another shop, good, association or place has this code."""

    slug, title = "code-taken", N_("This code is taken")
    detail = N_("Choose another one.")


class NoSuchStep(Conflict):
    """No arrow leads from where the shop stands to where it was sent."""

    slug, title = "no-such-step", N_("This step is not possible any more")
    detail = N_("Somebody may have been quicker. Please look at the shop's page again.")


class LicenceMissing(Invalid):
    """A licence must be seen before a shop is admitted; a grocer's food licence, too."""

    slug, title = "licence-missing", N_("A licence is missing")
    detail = N_("Who sells food needs the food licence as well.")


class LicenceOver(Invalid):
    """The licence that was shown has run out."""

    slug, title = "licence-over", N_("This licence has run out")


class ValueNotWhole(Invalid):
    """The value does not come to whole points."""

    slug, title = "value-not-whole", N_("This value does not come to whole points")
    detail = N_("One yuan is {rate} points: choose a value that comes to whole points.")


class NothingPledged(Conflict):
    """There is nothing left to take back."""

    slug, title = "nothing-pledged", N_("Nothing is pledged any more")


class LabelTaken(Conflict):
    """Another clerk of this shop has this label."""

    slug, title = "label-taken", N_("This shop has a clerk of this name")
    detail = N_("Choose another one, or give that clerk a new PIN.")
    field = "label"


class UnknownClerk(NotFound):
    """The shop has no clerk of this label, or no longer."""

    slug, title = "unknown-clerk", N_("This shop has no such clerk")


class ShiftNeeded(Conflict):
    """The shop has clerks, and nobody's shift has begun at this till."""

    slug, title = "shift-needed", N_("Nobody's shift has begun at this till")
    detail = N_("Type your PIN, then go on.")


class TermsTooSoon(Invalid):
    """Terms that were agreed for a day are not changed once the day has come."""

    slug, title = "terms-too-soon", N_("New terms begin tomorrow at the earliest")
    detail = N_("A day's discounts all follow the terms with which the day began.")
    field = "from_day"
