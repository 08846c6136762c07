"""Pages of batches: the list, and one shop's day with both sides, line by line."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service.board import batches, pictures
from service.board.batches import Wanted
from service.board.reach import CLERKS, READERS, TRADE, Reach, reach_of
from service.board.routes import again
from service.board.routes.sums import answer_sum
from service.board.schemas import BatchesAskSchema, LinesAskSchema
from service.board.words import PARTS, PASSES, POOL, STATES
from service.reconciliation import CLASSES
from service.web import database
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("batches", __name__)


@pages.get("/desk/batches")
def show_batches() -> ResponseReturnValue:
    """List the days of the reader's shops, the newest first."""
    reach = reach_of(database(), require(*READERS))
    asked = BatchesAskSchema().load(filled())
    wanted = Wanted(asked["shop"], asked["status"], asked.get("day"))
    found = batches.batches(database(), reach, wanted, before=asked.get("before"))
    return render_template(
        "board/batches.html", found=found, asked=asked, reach=reach, states=STATES
    )


def filled() -> dict[str, str]:
    """Return what the address asks for; a filter that is left empty asks for everything."""
    return {name: word for name, word in request.args.items() if word and name != "lang"}


@pages.get("/desk/batches/<int:number>")
def show_batch(number: int) -> ResponseReturnValue:
    """Show a shop's day: both sides, what lies between them, each line and why it stands there."""
    reader = require(*READERS)
    reach = reach_of(database(), reader)
    after = LinesAskSchema().load(filled())["after"]
    found = read_batch(reach, number, after)
    return render_template(
        "board/batch.html",
        **found,
        after=after,
        keeps=bool(reader.scopes(*TRADE)),
        answers=found["batch"]["code"] in reach_of(database(), reader, CLERKS).codes,
        again=again.shown(number),
        words={"classes": CLASSES, "passes": PASSES, "pool": POOL, "parts": PARTS},
        states=STATES,
    )


@pages.post("/desk/batches/<int:number>/sums/<int:theirs>")
def confirm(number: int, theirs: int) -> ResponseReturnValue:
    """Say that what a run suggested is so: several entries of ours are one of the shop's."""
    answer_sum(number, theirs)
    return redirect(f"/desk/batches/{number}")


def read_batch(reach: Reach, number: int, after: str) -> dict[str, Any]:
    """Read one batch, a page of its lines, its runs, and draw how its lines were matched."""
    found = batches.batch(database(), reach, number)
    matched = found["totals"].get("matched", {})
    words = {one: gettext(word) for one, word in PASSES.items()}
    return {
        "batch": found,
        "matched": matched,
        "lines": batches.lines(database(), number, after=after),
        "runs": batches.runs(database(), number),
        "chart": pictures.passes(matched, words, gettext) if matched else "",
    }
