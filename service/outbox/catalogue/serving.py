"""Payloads of activities: plans, sign-ups, who came and who left."""

from dataclasses import dataclass
from datetime import date, datetime

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import Inner, InnerOrNone
from service.outbox.models import EventType


@event(EventType.ACTIVITY_PUBLISHED, "activity.published")
@dataclass(frozen=True, slots=True)
class ActivityPublished:
    """Everybody may see an activity and sign up."""

    activity: str
    business_day: date
    actor: Inner


@event(EventType.ACTIVITY_CHANGED, "activity.changed")
@dataclass(frozen=True, slots=True)
class ActivityChanged:
    """A published activity has another time, place or title."""

    activity: str
    business_day: date
    changed: list[str]
    actor: Inner


@event(EventType.ACTIVITY_CANCELLED, "activity.cancelled")
@dataclass(frozen=True, slots=True)
class ActivityCancelled:
    """An activity was called off; so many people were told."""

    activity: str
    business_day: date
    told: int
    actor: Inner


@dataclass(frozen=True, slots=True)
class OfActivity:
    """What every event of a person at an activity says."""

    activity: str
    volunteer: str
    business_day: date


@event(EventType.SIGNUP_ACCEPTED, "signup.accepted")
@dataclass(frozen=True, slots=True)
class SignupAccepted(OfActivity):
    """A volunteer has a place."""


@event(EventType.SIGNUP_WAITLISTED, "signup.waitlisted")
@dataclass(frozen=True, slots=True)
class SignupWaitlisted(OfActivity):
    """A volunteer waits for a place."""


@event(EventType.SIGNUP_CANCELLED, "signup.cancelled")
@dataclass(frozen=True, slots=True)
class SignupCancelled(OfActivity):
    """A volunteer gave a place or a turn back."""


@event(EventType.WAITLIST_PROMOTED, "waitlist.promoted")
@dataclass(frozen=True, slots=True)
class WaitlistPromoted(OfActivity):
    """The first in line got a place that became free."""


@event(EventType.NO_SHOW_MARKED, "attendance.no_show")
@dataclass(frozen=True, slots=True)
class NoShowMarked(OfActivity):
    """A volunteer with a place had not come by the start and some minutes."""


@event(EventType.CHECKED_IN, "attendance.checked_in")
@dataclass(frozen=True, slots=True)
class CheckedIn(OfActivity):
    """A volunteer came; an audience listens and earns nothing."""

    occurred_at: datetime
    way: str
    audience: bool


@event(EventType.CHECKED_OUT, "attendance.checked_out")
@dataclass(frozen=True, slots=True)
class CheckedOut(OfActivity):
    """A volunteer left."""

    occurred_at: datetime
    way: str


@event(EventType.ATTENDANCE_AMENDED, "attendance.amended")
@dataclass(frozen=True, slots=True)
class TimeTyped:
    """Somebody typed in when a volunteer left, or copied a line from paper."""

    activity: str
    volunteer: str
    out_at: datetime
    by: Inner
    paper: bool = False
    approver: InnerOrNone = None


@event(EventType.ATTENDANCE_AMENDED, "attendance.amended")
@dataclass(frozen=True, slots=True)
class TimesFolded(OfActivity):
    """Scans that arrived later moved a stay, or took it back."""

    by: Inner
    in_at: datetime | None = None
    out_at: datetime | None = None
    undone: bool = False


@event(EventType.OFFLINE_BATCH_UPLOADED, "batch.uploaded")
@dataclass(frozen=True, slots=True)
class GateBatchUploaded:
    """A gate sent what it had scanned without a network."""

    activity: str
    business_day: date
    scans: int
    accepted: int
    duplicates: int
    problems: int
    by: Inner


@event(EventType.OFFLINE_BATCH_UPLOADED, "batch.uploaded")
@dataclass(frozen=True, slots=True)
class TillBatchUploaded:
    """A till sent what it had sold without a network."""

    shop: str
    device: int
    business_day: date
    sales: int
    points: int
    first_at: datetime
    last_at: datetime
    last: int  # the redemption that came last: what came later is another batch
