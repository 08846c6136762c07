"""Tables of activities. Places, races and append-only scans are kept by the migrations."""

from service.activities.models.attendance import (
    Attendance,
    Scan,
)
from service.activities.models.awards import (
    LEAD,
    MANUAL_AWARD,
    STANDING,
    Award,
    AwardReversal,
    AwardStatus,
    PaperLine,
    Right,
)
from service.activities.models.gate import (
    Headcount,
    Problem,
    Reopening,
    Undo,
    Watch,
)
from service.activities.models.plans import (
    Activity,
    Post,
    Template,
)
from service.activities.models.series import (
    Feed,
    Outcome,
    Partner,
    Partnership,
    Series,
)
from service.activities.models.signups import (
    Signup,
    SignupStatus,
)
from service.activities.models.stored import (
    Stored,
    id_of,
)

__all__ = [
    "LEAD",
    "MANUAL_AWARD",
    "STANDING",
    "Activity",
    "Attendance",
    "Award",
    "AwardReversal",
    "AwardStatus",
    "Feed",
    "Headcount",
    "Outcome",
    "PaperLine",
    "Partner",
    "Partnership",
    "Post",
    "Problem",
    "Reopening",
    "Right",
    "Scan",
    "Series",
    "Signup",
    "SignupStatus",
    "Stored",
    "Template",
    "Undo",
    "Watch",
    "id_of",
]
