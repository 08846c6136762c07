"""Receipts: what one entry says and proves, for whoever was given its address."""

from flask import Blueprint, Response, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from service import passes
from service.reports import receipts
from service.reports.receipts import Told
from service.reports.words import UNSEALED_MINUTES
from service.web import caller, database, settings

pages = Blueprint("receipts", __name__)


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def found_at(tail: str) -> Told:
    """Return the receipt at an address. A wrong one is no page, for whatever reason it is wrong."""
    transfer_id = passes.read_receipt(keys(), tail)
    told = receipts.told(database(), transfer_id) if transfer_id else None
    return told or abort(404)


@pages.get("/t/<tail>")
def show_receipt(tail: str) -> ResponseReturnValue:
    """Say what happened, where it stands in the log, and let the reader's device check it."""
    told = found_at(tail)
    page = render_template(
        "reports/receipt.html",
        told=told,
        words=told.words,
        tail=tail,
        picture=passes.data_uri(passes.receipt_url(keys(), told.words["id"])),
        sections=receipts.readable(database(), told.proof.fields),
        data=receipts.for_browser(told) if told.sealed else None,
        own=caller().kind == "volunteer" and told.words["address"] == f"volunteer:{caller().code}",
        minutes=UNSEALED_MINUTES,
    )
    return kept_from_searches(make_response(page))


@pages.get("/t/<tail>/proof")
def get_proof(tail: str) -> ResponseReturnValue:
    """Give the proof as a file that other people's tools read; none before it is sealed."""
    told = found_at(tail)
    if not told.sealed:
        abort(404)
    answer = Response(told.text, mimetype="text/plain")
    name = f"aixin-{told.words['id']}.tlog-proof"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return kept_from_searches(answer)


def kept_from_searches(answer: Response) -> Response:
    """Ask search engines to forget a page that somebody forwarded."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
