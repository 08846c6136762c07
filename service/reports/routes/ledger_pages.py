"""The ledger as pages: every number opens what it is made of."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service import passes
from service.reports import actors, books, receipts, statements, story
from service.reports.books import PAGE, Wanted
from service.reports.scope import READERS, Scope, scope_of
from service.web import database, settings
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("ledger_pages", __name__, url_prefix="/ledger")


def scope() -> Scope:
    """Return what the reader of these pages may see."""
    return scope_of(database(), require(*READERS))


def wanted() -> Wanted:
    """Read the filters of the address; a day that is none filters nothing."""
    asked = request.args
    try:
        day = date.fromisoformat(asked.get("day", ""))
    except ValueError:
        day = None
    return Wanted(asked.get("search", "").strip()[:80], asked.get("kind", "")[:40], day)


def named(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the function by which a template says who did something."""
    people = {row.get("actor", "") for row in rows}
    return {"who": actors.namer(database(), people, gettext)}


@pages.get("")
def list_transfers() -> ResponseReturnValue:
    """List transfers, newest first, by kind, day, key or booklet number."""
    filters, before = wanted(), request.args.get("before", type=int)
    rows = books.transfers(database(), scope(), filters, before=before)
    more = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    shown = rows[:PAGE]
    return render_template(
        "reports/transfers.html", rows=shown, wanted=filters, next=more, **named(shown)
    )


@pages.get("/accounts")
def list_accounts() -> ResponseReturnValue:
    """List accounts by address with their balances."""
    filters, after = wanted(), request.args.get("after", "")
    address, _, unit = after.rpartition(" ")
    rows = books.accounts(database(), scope(), filters, after=address, unit=unit)
    more = f"{rows[PAGE - 1]['address']} {rows[PAGE - 1]['unit']}" if len(rows) > PAGE else None
    return render_template("reports/accounts.html", rows=rows[:PAGE], wanted=filters, next=more)


@pages.get("/accounts/<unit>/<address>")
def show_account(unit: str, address: str) -> ResponseReturnValue:
    """Show an account's statement, newest first, and what it held on a day that is asked for."""
    seen, asked = scope(), request.args
    found = statements.account(database(), seen, address, unit)
    rows = statements.entries(database(), seen, found["id"], before=asked.get("before", type=int))
    more, shown = (rows[PAGE - 1]["seq"] if len(rows) > PAGE else None), rows[:PAGE]
    day = statements.as_of(asked.get("on", ""), asked.get("by", ""), asked.get("until", ""))
    then = statements.balance_on(database(), found["id"], day) if day else None
    return render_template(
        "reports/account.html",
        account=found, rows=shown, next=more, asked=day, then=then, **named(shown),
    )  # fmt: skip


@pages.get("/transfers/<int:transfer_id>")
def show_transfer(transfer_id: int) -> ResponseReturnValue:
    """Show one transfer with its whole story."""
    found = books.transfer(database(), scope(), transfer_id)
    steps = story.tell(database(), found)
    papers = story.papers(database(), found)
    people = [step.params.get(name) for step in steps for name in ("actor", "maker", "approver")]
    people += [papers.get(name) for name in story.SIGNERS]
    who = actors.namer(database(), [found["actor"], *filter(None, people)], gettext)
    address = passes.receipt_url(keys(), transfer_id)
    return render_template(
        "reports/transfer.html",
        transfer=found,
        steps=said(steps, who),
        papers=papers,
        who=who,
        told=receipts.told(database(), transfer_id),
        receipt=f"/t/{passes.receipt_tail(keys(), transfer_id)}",
        picture=passes.data_uri(address),
    )


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def said(steps: list[story.Step], who: Any) -> list[dict[str, Any]]:
    """Put each step into the reader's words."""
    return [
        {
            "kind": step.kind,
            "icon": step.icon,
            "at": step.at,
            "title": gettext(step.title),
            "detail": gettext(step.detail).format(**words(step.params, who)) if step.detail else "",
        }
        for step in steps
    ]


def words(params: dict[str, Any], who: Any) -> dict[str, Any]:
    """Replace people by their titles and marked messages by their translations."""
    people = {"actor", "maker", "approver"}
    found = {name: who(value) if name in people else value for name, value in params.items()}
    way = params.get("way")
    return {**found, "way": gettext(way)} if way else found


@pages.get("/trial-balance")
def show_trial_balance() -> ResponseReturnValue:
    """Show every account's balance from its entries, and that each unit sums to zero."""
    lines = books.trial_balance(database(), scope())
    return render_template("reports/trial_balance.html", lines=lines, sums=books.sums(lines))
