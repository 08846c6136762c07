"""A look through a period: every rule, the same rows each time, what people decided stays."""

from datetime import date

from sqlmodel import Session, select

from service import audit
from service.audit import Period
from service.audit.models import AuditFinding
from tests.activities.town import DAY, Town


def found(town: Town) -> list[AuditFinding]:
    def work(session: Session) -> list[AuditFinding]:
        return list(session.exec(select(AuditFinding).order_by(AuditFinding.id)).all())

    return town.database.atomic(work)


def look(town: Town, since: date = DAY, until: date = DAY) -> dict[str, int]:
    programme = town.volunteer("V0001").programme_id
    return audit.look(town.database, Period(programme, since, until), now=town.clock.now())


def test_every_rule_can_look_at_nothing(town: Town) -> None:
    counts = look(town)
    assert set(counts) == {rule.slug for rule in audit.RULES}
    assert sum(counts.values()) == 0
