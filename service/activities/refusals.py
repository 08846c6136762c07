"""What this slice says no to. A scan's and a confirmation's outcome is no refusal but an answer."""

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownActivity(NotFound):
    """No activity has this code, or it is not published yet."""

    slug, title = "unknown-activity", N_("There is no such activity")
    detail = N_("It may have been taken back. Please look at the list.")


class CodeTaken(Conflict):
    """Another activity has this code."""

    slug, title = "code-taken", N_("Another activity has this code")


class NotSignedUp(NotFound):
    """The volunteer has no place and no turn in the queue."""

    slug, title = "not-signed-up", N_("Not signed up for this activity")


class SignupClosed(Conflict):
    """The activity is over, cancelled or has begun without this person."""

    slug, title = "signup-closed", N_("Sign-up is closed")
    detail = N_("It has begun or was called off. The leader on site can still let people in.")


class TooLateToCancel(Conflict):
    """A place can be given back before the start only."""

    slug, title = "too-late-to-cancel", N_("It has begun; the place cannot be given back")
    detail = N_("Nothing is lost: who does not come loses no points.")


class TooYoung(Conflict):
    """Age or a missing consent keeps this person out of this post."""

    slug, title = "under-age", N_("This activity is not open at this age")
    detail = N_("From 14 to 17 a guardian must agree, and only safe posts are open.")


class OtherCommunity(Forbidden):
    """The activity belongs to another community than the volunteer."""

    slug, title = "wrong-community", N_("This activity belongs to another community")


class NotYours(Forbidden):
    """The caller neither leads this activity nor keeps the community's records."""

    slug, title = "not-the-leader", N_("Only the leader or the recorder may do this")


class UnknownAward(NotFound):
    """No award has this key, or the caller may not know that one has."""

    slug, title = "unknown-award", N_("There is no such award")


class AlreadyDecided(Conflict):
    """Somebody else approved or refused it before."""

    slug, title = "already-decided", N_("This was decided already")


class OwnApproval(Conflict):
    """The one who approves must be neither the maker nor the one who gains."""

    slug, title = "own-approval", N_("You entered this, or it is for you")
    detail = N_("Another approver must decide.")


class MayNotAward(Forbidden):
    """A volunteer without this right, or whose right is suspended, asks for a manual award."""

    slug, title = "may-not-award", N_("You may not enter awards for others")
    detail = N_("The community's secretary entrusts this to leaders and captains.")


class OwnAward(Forbidden):
    """Nobody awards himself."""

    slug, title = "own-award", N_("Nobody can award himself")


class AttendanceExists(Conflict):
    """The gate has a row for this person already; a paper line would make a second."""

    slug, title = "attendance-exists", N_("This person is on the list already")


class UnknownLine(NotFound):
    """No line of the paper sheet has this number."""

    slug, title = "unknown-line", N_("There is no such line")


class UnfitRule(Invalid):
    """The rate is not one of the programme's, or what it asks for is missing."""

    slug, title = "unfit-rule", N_("This rate does not fit")
    detail = N_("Choose a rate whose conditions are met.")


class UnfitTime(Invalid):
    """The times are not in order, lie ahead, or more than a day apart."""

    slug, title = "unfit-time", N_("These times do not fit")
    detail = N_("From before to, within a day, and not ahead of now.")


class UnknownTemplate(NotFound):
    """No kind of activity has this code in the programme."""

    slug, title = "unknown-template", N_("There is no such kind of activity")
