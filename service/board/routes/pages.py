"""The board's page."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service.board import figures, pictures, watch
from service.board.reach import READERS, TRADE, Reach, reach_of
from service.board.routes.api import read_board
from service.board.schemas import BoardAskSchema
from service.board.words import PAPERS, ages
from service.clock import business_day
from service.live import BOARD
from service.people import Caller
from service.reconciliation import CLASSES
from service.web import database, now
from service.web.access import require
from service.web.live import offer
from service.web.locale import gettext

pages = Blueprint("board", __name__)


@pages.get("/desk/board")
def show_board() -> ResponseReturnValue:
    """Show a day of the reader's shops, what waits, who is silent, what runs out."""
    return render_template("board/board.html", **shown(require(*READERS)))


@pages.get("/desk/board/part")
def show_part() -> ResponseReturnValue:
    """Send what changes by itself alone, for the page that asks for it again."""
    board = shown(require(*READERS))
    offer(BOARD)
    return render_template("board/_part.html", **board)


def shown(reader: Caller) -> dict[str, Any]:
    """Read what the page shows, and draw it."""
    wanted = {name: word for name, word in request.args.items() if name in {"day", "after"}}
    asked = BoardAskSchema().load(wanted)
    reach, today = reach_of(database(), reader), business_day(now())
    board = read_board(reach, asked)
    return {
        **board,
        "reach": reach,
        "asked": asked,
        "today": today,
        "keeps": bool(reader.scopes(*TRADE)),
        "places": figures.places(database(), reach, board["day"]),
        "classes": CLASSES,
        "papers": PAPERS,
        **around(board["day"], today),
        **drawn(reach, board),
        **aged(reach, board, today),
    }


def drawn(reach: Reach, board: dict[str, Any]) -> dict[str, Any]:
    """Draw the board's charts; what has no figures is not drawn."""
    fortnight = figures.days(database(), reach, board["day"])
    busy = figures.busiest(database(), reach, board["day"])
    return {
        "fortnight": fortnight,
        "busy": busy,
        "days_chart": pictures.two_weeks(fortnight, gettext),
        "busy_chart": pictures.busiest(busy, gettext) if busy else "",
    }


def aged(reach: Reach, board: dict[str, Any], today: date) -> dict[str, Any]:
    """Draw how old the exceptions are that wait, if any does; and say what is late."""
    limits = watch.limits(database(), reach, today)
    counts = watch.by_age(board["exceptions"])
    if limits is None or not any(counts.values()):
        return {"waiting": 0}
    words = ages(limits, gettext)
    return {
        "waiting": sum(counts.values()),
        "late": counts["late"],
        "overdue": counts["overdue"],
        "limits": limits,
        "age_words": words,
        "ages_chart": pictures.ageing(counts, words, gettext),
    }


def around(day: date, today: date) -> dict[str, Any]:
    """Return a day's neighbours as far as there are any."""
    one = timedelta(days=1)
    return {"earlier": day - one, "later": day + one if day < today else None}
