"""What the passes hold lines against: figures, kinds, and the version that names them all. Pure."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service import reconciliation
from service.clock import business_day

# Changed with every change of a pass: a digest says by which rules it came about.
# R2: the shelf that was counted, and sales that may be one.
VERSION = "R2"


@dataclass(frozen=True, slots=True)
class Figures:
    """How near two lines must be; counts and points have no tolerance, and nothing has percent."""

    line_fen: int = 1  # what one line may differ by
    day_fen: int = 100  # what a shop's day may differ by in such fen; beyond it each is asked about
    near_minutes: int = 10
    leftover_days: int = 3  # how far across the cut a line's other half is looked for
    cut_minutes: int = 60  # before midnight, in which a line waits for the next day's file
    late_days: int = 62  # how old a closed day may be of which something comes late
    sum_max: int = 5  # how many lines of ours may make one of theirs


FIGURES = Figures()

# A line is in one place: these exceptions hold it. The other kinds only speak about a sale.
LINE_KINDS = (
    "OURS_ONLY",
    "THEIRS_ONLY",
    "AMOUNT_DIFF",
    "STATUS_DIFF",
    "DUPLICATE",
    "ITEM_DIFF",
    "RATE_DIFF",
    "CUTOFF",
)
# What is between a community and its volunteers (MISSING_ATTENDANCE, MANUAL_AWARD_WATCH) is found
# by the community's own run: no shop took part in it, so it is in no shop's batch.
# What a sale was flagged with, and the exception that it becomes; the hours are a shop's own.
FLAGS = {**reconciliation.FLAGS, "off_hours": "OFF_HOURS"}


def params(now: datetime) -> dict[str, Any]:
    """Return what every statement of a run may name."""
    return {
        **asdict(FIGURES),
        "version": VERSION,
        "now": now,
        "today": business_day(now),
        "line_kinds": list(LINE_KINDS),
        "flags": list(FLAGS),
        "flag_kinds": list(FLAGS.values()),
    }


def looked_at(now: datetime) -> date:
    """Return the oldest day of which something new is looked for."""
    return business_day(now) - timedelta(days=FIGURES.late_days)
