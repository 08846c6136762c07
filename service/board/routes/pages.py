"""The board's page."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service.board import figures, pictures, watch
from service.board.reach import READERS, TRADE, Reach, reach_of
from service.board.routes.api import read_board
from service.board.schemas import BoardAskSchema
from service.board.words import AGES, CLASSES, PAPERS
from service.clock import business_day
from service.people import Caller
from service.web import database, now
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("board", __name__)


@pages.get("/desk/board")
def show_board() -> ResponseReturnValue:
    """Show a day of the reader's shops, what waits, who is silent, what runs out."""
    reader = require(*READERS)
    asked = BoardAskSchema().load({k: v for k, v in request.args.items() if k in {"day", "after"}})
    return render_template("board/board.html", **shown(reader, asked))


def shown(reader: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """Read what the page shows, and draw it."""
    reach, today = reach_of(database(), reader), business_day(now())
    board = read_board(reach, asked)
    return {
        **board,
        "reach": reach,
        "asked": asked,
        "today": today,
        "keeps": bool(reader.scopes(*TRADE)),
        "places": figures.places(database(), reach, board["day"]),
        "ages": watch.by_age(board["exceptions"]),
        "words": {"classes": CLASSES, "ages": AGES, "papers": PAPERS},
        **around(board["day"], today),
        **drawn(reach, board),
    }


def drawn(reach: Reach, board: dict[str, Any]) -> dict[str, Any]:
    """Draw the board's charts; what has no figures is not drawn."""
    fortnight = figures.days(database(), reach, board["day"])
    busy = figures.busiest(database(), reach, board["day"])
    ages = watch.by_age(board["exceptions"])
    return {
        "fortnight": fortnight,
        "busy": busy,
        "days_chart": pictures.two_weeks(fortnight, gettext),
        "ages_chart": pictures.ageing(ages, gettext) if any(ages.values()) else "",
        "busy_chart": pictures.busiest(busy, gettext) if busy else "",
    }


def around(day: date, today: date) -> dict[str, Any]:
    """Return a day's neighbours as far as there are any."""
    one = timedelta(days=1)
    return {"earlier": day - one, "later": day + one if day < today else None}
