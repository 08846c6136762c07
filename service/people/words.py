"""What offices are called."""

from service.i18n import N_
from service.people.models import Role

ROLES = {
    Role.SECRETARY: N_("Secretary"),
    Role.RECORDER: N_("Recorder"),
    Role.APPROVER: N_("Second approver"),
    Role.AUDITOR: N_("Sub-district's auditor"),
    Role.GRID: N_("Grid worker"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.OFFICER: N_("Association's officer"),
    Role.OWNER: N_("Shop owner"),
}
