"""What a sign-up is refused for, beyond the refusals that the whole slice shares."""

from service.activities.refusals import TooLateToCancel
from service.errors import Conflict, Invalid
from service.i18n import N_


class UnknownPost(Invalid):
    """The activity has no post of this name."""

    slug, title, field = "unknown-post", N_("There is no such post here"), "post"
    detail = N_("Please choose one of the posts on the activity's page.")


class RiskNotAgreed(Conflict):
    """The post's risks must be agreed to first, in the words that stand there now."""

    slug, title, field = "risk-not-agreed", N_("Please read the risks first"), "agreed"
    detail = N_("The page shows them. Nothing is signed up until you agree.")


class TimesOverlap(Conflict):
    """The person has a place at another activity at the same time."""

    slug, title = "times-overlap", N_("There is a place elsewhere at that time")
    detail = N_("At “{elsewhere}”. Cancel there first if you prefer this one.")


class NotQualified(Conflict):
    """The post asks for a qualification that nobody has verified."""

    slug, title = "not-qualified", N_("This post needs a verified qualification")
    detail = N_("The community office can verify yours. Other posts may be open to you.")


class NotInsured(Conflict):
    """The post asks for insurance, and the activity names none yet."""

    slug, title = "not-insured", N_("The insurance of this post is not noted yet")
    detail = N_("Sign-up opens as soon as the community has noted it.")


class OtherTeam(Conflict):
    """The post is for the activity's own team."""

    slug, title = "other-team", N_("This post is for members of the team")
    detail = N_("Please choose another post or activity.")


class BelowAge(Conflict):
    """The post has a least age above the one of this person's band."""

    slug, title = "below-age", N_("This post is for older people")
    detail = N_("It is open from {age} years. Please choose another post.")


class GateIsOpen(TooLateToCancel):
    """From the opening of the gate the leader counts on who is signed up."""

    title = N_("Check-in is open; please tell the leader")
