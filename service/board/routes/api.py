"""The board as JSON."""

from typing import Any

from service.board import batches, figures, watch
from service.board.batches import Wanted
from service.board.reach import READERS, Reach, reach_of
from service.board.routes.sums import answer_sum
from service.board.schemas import (
    BatchesAskSchema,
    BatchesSchema,
    BatchSchema,
    BoardAskSchema,
    BoardSchema,
    LinesAskSchema,
    LinesSchema,
    SumSchema,
)
from service.clock import business_day
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("board_api", __name__, url_prefix="/api/v1", description="The board")


@api.get("/board")
@api.arguments(BoardAskSchema, location="query")
@api.response(200, BoardSchema)
def get_board(asked: dict[str, Any]) -> dict[str, Any]:
    """Tell a day of the caller's shops, what waits for an answer, and what runs out."""
    return read_board(reach_of(database(), require(*READERS)), asked)


def read_board(reach: Reach, asked: dict[str, Any]) -> dict[str, Any]:
    """Read everything that the board shows; a day that has not begun is today."""
    today = business_day(now())
    day = min(asked.get("day") or today, today)
    lines = figures.lines(database(), reach, day, after=asked["after"])
    left, low = watch.pledges(database(), reach)
    return {
        "day": day,
        "totals": figures.totals(database(), reach, day),
        "shops": lines.rows,
        "next": lines.following,
        "exceptions": watch.exceptions(database(), reach, today),
        "silent": watch.silent(database(), reach, today),
        "pledge_left_fen": left,
        "pledges_low": low,
        "licences": watch.licences(database(), reach, today),
    }


@api.get("/batches")
@api.arguments(BatchesAskSchema, location="query")
@api.response(200, BatchesSchema)
def get_batches(asked: dict[str, Any]) -> dict[str, Any]:
    """List the batches of the caller's shops, the newest day first."""
    reach = reach_of(database(), require(*READERS))
    wanted = Wanted(asked["shop"], asked["status"], asked.get("day"))
    found = batches.batches(database(), reach, wanted, before=asked.get("before"))
    return {"items": found.rows, "next": found.following}


@api.get("/batches/<int:number>")
@api.response(200, BatchSchema)
def get_batch(number: int) -> dict[str, Any]:
    """Tell one batch: both sides, and what lies between them."""
    return batches.batch(database(), reach_of(database(), require(*READERS)), number)


@api.post("/batches/<int:number>/sums/<int:theirs>")
@api.response(200, SumSchema)
def post_sum(number: int, theirs: int) -> dict[str, int]:
    """Say that several entries of ours are this one of the shop's, as a run suggested."""
    return {"answered": answer_sum(number, theirs)}


@api.get("/batches/<int:number>/lines")
@api.arguments(LinesAskSchema, location="query")
@api.response(200, LinesSchema)
def get_lines(asked: dict[str, str], number: int) -> dict[str, Any]:
    """List a batch's lines: exceptions, what waits, suggestions, then matches."""
    batches.batch(database(), reach_of(database(), require(*READERS)), number)
    found = batches.lines(database(), number, after=asked["after"])
    return {"items": found.rows, "next": found.following}
