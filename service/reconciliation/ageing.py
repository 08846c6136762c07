"""How old an exception is, and what its age means. Pure: days in, a colour out."""

from datetime import date, timedelta
from enum import StrEnum

from service.programmes import Answering


class Colour(StrEnum):
    """Young, to be looked at, overdue; one that was carried rests until its day."""

    RESTING = "resting"
    FRESH = "fresh"
    YELLOW = "yellow"
    RED = "red"


def colour(aged_from: date, today: date, limits: Answering) -> Colour:
    """Return what an age means: T+3 is yellow, T+7 red, as the rules state them."""
    days = (today - aged_from).days
    if days < 0:
        return Colour.RESTING
    if days >= limits.red_days:
        return Colour.RED
    return Colour.YELLOW if days >= limits.yellow_days else Colour.FRESH


def born(shade: Colour, today: date, limits: Answering) -> tuple[date, date]:
    """Return the first and the last day from which something aged that has this colour today."""
    yellow = today - timedelta(days=limits.yellow_days)
    red = today - timedelta(days=limits.red_days)
    return {
        Colour.RESTING: (today + timedelta(days=1), date.max),
        Colour.FRESH: (yellow + timedelta(days=1), today),
        Colour.YELLOW: (red + timedelta(days=1), yellow),
        Colour.RED: (date.min, red),
    }[shade]
