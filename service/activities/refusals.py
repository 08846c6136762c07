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


class GuardianMissing(Conflict):
    """Service of somebody under age counts only where a guardian agreed."""

    slug, title = "guardian-missing", N_("A guardian must agree first")
    detail = N_("From 14 to 17 hours and points need a guardian's consent.")
    field = "volunteer"


class RegistrationWithdrawn(Conflict):
    """Whoever withdrew the registration takes part no more; the hours until then stay."""

    slug, title = "registration-withdrawn", N_("The registration was withdrawn")
    detail = N_(
        "Nobody signs up or checks in without it; hours until then stay. It is opened again under"
        " Me, My data, or at the community office."
    )
    field = "volunteer"


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
    field = "volunteer"


class ReasonMissing(Invalid):
    """Whoever says no, or takes something back, says why: the volunteer reads it."""

    slug, title = "reason-missing", N_("Please write the reason")
    detail = N_("The volunteer reads it, in a sentence or two.")
    field = "reason"


class NotReversible(Conflict):
    """Only an award that stands can be taken back, and only once."""

    slug, title = "award-not-reversible", N_("This award cannot be taken back")
    detail = N_("It was taken back already, was refused, or still waits for approval.")


class ProposedBefore(Conflict):
    """One proposal at a time: this award waits for a decision already."""

    slug, title = "proposed-before", N_("Somebody has proposed to take this award back already")
    detail = N_("Award {award} waits for its decision.")


class DecidedTogether(Conflict):
    """A proposal about several awards is approved or refused as a whole."""

    slug, title = "decided-together", N_("This award belongs to a case")
    detail = N_("It is decided there, with the others of the case.")


class SuspensionOver(Invalid):
    """A suspension ends on a day that lies ahead."""

    slug, title = "suspension-over", N_("Please choose a day that lies ahead")
    field = "until"


class SuspendedFromLeading(Forbidden):
    """Two people of the community took leading away from this volunteer until a day."""

    slug, title = "suspended-from-leading", N_("You may not lead activities for now")
    detail = N_(
        "The last day of this is {until}; then you may again. Your hours and points stay. "
        "If it is not right, object to it or ask your community."
    )


class LeaderSuspended(Invalid):
    """Somebody is named as leader for a day on which leading is taken away."""

    slug, title = "leader-suspended", N_("This person may not lead on that day")
    detail = N_("Suspended from leading; the last day of it is {until}. Please name somebody else.")
    field = "leader"


class NothingProposed(NotFound):
    """Nobody proposed to take this award back, or it was decided otherwise."""

    slug, title = "nothing-proposed", N_("Nobody has proposed to take this award back")


class OwnProposal(Forbidden):
    """Two people take an award back; the proposer is one of them already."""

    slug, title = "own-proposal", N_("You proposed this. Another approver must decide.")


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
    field = "rule"


class UnfitTime(Invalid):
    """The times are not in order, lie ahead, or more than a day apart."""

    slug, title = "unfit-time", N_("These times do not fit")
    detail = N_("From before to, within a day, and not ahead of now.")


class UnknownProblem(NotFound):
    """No row of the gate's list has this number, or the caller may not know that one has."""

    slug, title = "unknown-problem", N_("There is no such entry")


class NotCountable(Conflict):
    """What is on the list cannot be counted from there: nobody is named, or it is over."""

    slug, title = "not-countable", N_("This cannot be counted here")
    detail = N_("Write a note, or enter an award by hand.")


class ReasonNeeded(Invalid):
    """Who decides says why; an empty word is none."""

    slug, title = "reason-needed", N_("Please write why")
    field = "note"


class CannotReopen(Conflict):
    """A gate opens again for an activity that took place, and for hours, not for days."""

    slug, title = "cannot-reopen", N_("This gate cannot be opened again")
    detail = N_("Only after the activity, and for a day at most.")
    field = "until"


class UnknownTemplate(NotFound):
    """No kind of activity has this code in the programme."""

    slug, title = "unknown-template", N_("There is no such kind of activity")


class UnfitMoments(UnfitTime):
    """A plan ends before it begins, or more than a day later."""

    field = "ends_at"
    detail = N_("The end comes after the start, at most a day later.")


class TooSoon(Invalid):
    """A plan that people should see begins when they can no longer come."""

    slug, title, field = "too-soon", N_("This moment is over"), "starts_at"
    detail = N_("Choose a start that lies ahead.")


class SamePostTwice(Invalid):
    """Two posts of one activity have the same name."""

    slug, title, field = "same-post-twice", N_("Two posts have the same name"), "posts"


class UninsuredPost(Invalid):
    """A post asks for insurance, and the activity names none."""

    slug, title, field = "uninsured-post", N_("A post needs insurance"), "insurance_ref"
    detail = N_("Write the number of the insurance.")


class TeamlessPost(Invalid):
    """A post is for the team's members, and the activity names no team: nobody could take it."""

    slug, title, field = "teamless-post", N_("A post is for the members of a team"), "team"
    detail = N_("Choose the team.")


class UnknownPartner(Invalid):
    """A partner is none of this community's."""

    slug, title, field = "unknown-partner", N_("There is no such partner here"), "partners"


class UnknownSeries(NotFound):
    """No series has this code, or it is another community's."""

    slug, title = "unknown-series", N_("There is no such series")


class PlanFixed(Conflict):
    """The activity has gone too far for this change."""

    slug, title = "plan-fixed", N_("This can no longer be changed")
    detail = N_("The activity has begun or is over.")


class PostInUse(Conflict):
    """People have signed up for a post that would go away or shrink below them."""

    slug, title, field = "post-in-use", N_("People have signed up for this post"), "posts"
    detail = N_("It keeps at least the places that are taken.")


class WrongState(Conflict):
    """The activity is not in a state from which it can go there."""

    slug, title = "wrong-state", N_("The activity cannot go there from here")
    detail = N_("Please load the page again: its state may have changed.")


class NotYourMove(Forbidden):
    """This step belongs to somebody else."""

    slug, title = "not-your-move", N_("Somebody else takes this step")
    detail = N_("The recorder or the secretary of the community can.")


class StillUndecided(Conflict):
    """Somebody's time at the activity has not been decided."""

    slug, title = "still-undecided", N_("Somebody's time is not decided yet")
    detail = N_("Confirm the hours first.")


class HasBegun(Conflict):
    """An activity is called off before its gate opens, or not at all."""

    slug, title = "has-begun", N_("The gate is open; it can no longer be called off")
    detail = N_("Nobody loses anything by leaving: points follow the time served.")


class UnknownCounter(Invalid):
    """The kind of activity counts no such thing."""

    slug, title, field = "unknown-counter", N_("This is not counted here"), "outcomes"


class TooEarlyToTell(Conflict):
    """What came of an activity is said after it began."""

    slug, title = "too-early-to-tell", N_("The activity has not begun yet")


class PartnerExists(Conflict):
    """The community has a partner of this name."""

    slug, title, field = "partner-exists", N_("A partner of this name stands here already"), "name"


class UnknownLink(NotFound):
    """The link of a calendar was taken back, or never given."""

    slug, title = "unknown-link", N_("This link is no longer valid")
    detail = N_("A new one stands on the page “Me”.")


class UnfitDays(Invalid):
    """A series has no weekday, or ends before it begins."""

    slug, title, field = "unfit-days", N_("These days do not fit"), "weekdays"
    detail = N_("Choose at least one weekday, and a last day that is not before the first.")


class UnreadableQueue(Invalid):
    """A file that no gate saved, or that was changed since."""

    slug, title, field = "unreadable-queue", N_("This is no file of a gate"), "file"
    detail = N_("Choose the file that the gate saved, as it is.")


class KindExists(Conflict):
    """The programme has a kind of activity with this code."""

    slug, title, field = "kind-exists", N_("A kind of activity has this code already"), "code"
