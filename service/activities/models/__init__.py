"""Tables of activities. Places, races and append-only scans are kept by the migrations."""

from service.activities.models.attendance import (
    Attendance,
    Scan,
)
from service.activities.models.awards import (
    Award,
    AwardStatus,
    PaperLine,
    Right,
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
    "Activity",
    "Attendance",
    "Award",
    "AwardStatus",
    "Feed",
    "Outcome",
    "PaperLine",
    "Partner",
    "Partnership",
    "Post",
    "Right",
    "Scan",
    "Series",
    "Signup",
    "SignupStatus",
    "Stored",
    "Template",
    "id_of",
]
