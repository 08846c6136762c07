"""Hours of a month: by kind of service and by team."""

from typing import Any

from service.i18n import N_
from service.reports.months import pictures
from service.reports.months.parts.moved import NO_TEAM
from service.reports.months.sheet import Ask, Part, line
from service.reports.months.subjects import Kind
from service.settlement import paper

HEAD = (
    (N_("Number"), paper.TEXT),
    (N_("Called"), paper.TEXT),
    (N_("People"), paper.COUNT),
    (N_("Services"), paper.COUNT),
    (N_("Hours"), paper.HOURS),
)


def kinds(ask: Ask, found: list[dict[str, Any]]) -> Part | None:
    """Return hours by the kind of service that gave them, most first."""
    opens = [ask.places.figure(ask.month, "minutes", row["code"]) for row in found]
    return table(ask, found, opens, ("kinds", N_("Hours by kind of service")))


def teams(ask: Ask, found: list[dict[str, Any]]) -> Part | None:
    """Return hours by team, most first."""
    opens = [
        ask.places.other(Kind.TEAM, row["code"], ask.month, row["community"]) if row["code"] else ""
        for row in found
    ]
    return table(ask, found, opens, ("teams", N_("Hours by team")))


def table(
    ask: Ask, found: list[dict[str, Any]], opens: list[str], told: tuple[str, str]
) -> Part | None:
    """Return a table of hours; people may stand in two of its rows, so they are not added up."""
    if not found:
        return None
    rows = [
        line([row["code"] or "–", row["name"] or ask.say(NO_TEAM), row["people"], row["lines"],
              row["minutes"]], href)
        for row, href in zip(found, opens, strict=True)
    ]  # fmt: skip
    sums = [sum(row[name] for row in found) for name in ("lines", "minutes")]
    rows.append(line([ask.say(N_("Total")), "", None, *sums]))
    return Part(
        name=told[0],
        title=ask.say(told[1]),
        head=tuple((ask.say(word), kind) for word, kind in HEAD),
        rows=rows,
        charts=(pictures.hours(found, ask.say),),
        total=True,
    )
