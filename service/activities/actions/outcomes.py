"""What came of an activity: people served, and the counters of its kind."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from service.activities.actions.lifecycle import Mover, lock, record
from service.activities.models import Activity, Outcome, Template, id_of
from service.activities.refusals import PlanFixed, TooEarlyToTell, UnknownCounter

TOLD_IN = {"open", "to_confirm", "confirmed", "noticed"}


def outcomes_of(session: Session, activity: Activity) -> dict[str, int | None]:
    """Return the counters of an activity's kind with what was reported; None where nothing was."""
    template = session.get_one(Template, activity.template_id)
    rows = session.exec(select(Outcome).where(Outcome.activity_id == activity.id)).all()
    said = {row.counter: row.value for row in rows}
    return {name: said.get(name) for name in [*template.counters, *said]}


def report_outcomes(
    session: Session,
    activity: Activity,
    *,
    served: int | None,
    counters: Mapping[str, int],
    by: Mover,
    now: datetime,
) -> None:
    """Note what came of an activity that has begun; amendable, with a trail, until it is archived.

    Raises TooEarlyToTell, PlanFixed, UnknownCounter.
    """
    found = lock(session, activity)
    if found.status not in TOLD_IN:
        raise TooEarlyToTell if found.status in {"draft", "published"} else PlanFixed
    known = outcomes_of(session, found)
    if counters.keys() - known.keys():
        raise UnknownCounter
    before = {"served": found.served, **known}
    after = {**before, "served": served, **counters}
    if after == before:
        return
    found.served = served
    session.add(found)
    for counter, value in counters.items():
        if known[counter] != value:
            row = Outcome(
                activity_id=id_of(found),
                counter=counter,
                value=value,
                reported_by=by.actor,
                reported_at=now,
            )
            session.merge(row)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(session, found, "outcomes_reported", changed, by=by, now=now)
