"""The ledger as JSON, for the community's readers and for a volunteer's own wallet."""

from typing import Any

from flask.typing import ResponseReturnValue

from service.people import Caller
from service.reports import books, statements
from service.reports.books import PAGE, Wanted
from service.reports.schemas import (
    AccountArguments,
    AccountsPage,
    EntryArguments,
    Statement,
    TransferArguments,
    TransferFigures,
    TransfersPage,
    TrialBalance,
)
from service.reports.scope import READERS, Scope, scope_of
from service.web import database
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("ledger_api", __name__, url_prefix="/api/v1", description="The ledger")


def reader_of(address: str) -> Scope:
    """Return what the caller may read of an address: a volunteer reads the own wallet only."""
    caller = require(*READERS, "volunteer")
    return own_scope(caller) if is_own(caller, address) else scope_of(database(), require(*READERS))


def is_own(caller: Caller, address: str) -> bool:
    """Tell whether the address is the caller's own wallet."""
    return caller.kind == "volunteer" and address == f"volunteer:{caller.code}"


def own_scope(caller: Caller) -> Scope:
    """Return the scope in which a volunteer's own wallet lies."""
    return Scope(caller.programme_id or 0, (caller.community_id or 0,))


@api.get("/ledger/accounts")
@api.arguments(AccountArguments, location="query")
@api.response(200, AccountsPage)
def get_accounts(asked: dict[str, Any]) -> ResponseReturnValue:
    """List accounts by address with their balances; `next` is "address unit" to go on after."""
    wanted = Wanted(search=asked["search"], kind=asked["family"])
    scope = scope_of(database(), require(*READERS))
    rows = books.accounts(database(), scope, wanted, after=asked["after"], unit=asked["unit"])
    more = f"{rows[PAGE - 1]['address']} {rows[PAGE - 1]['unit']}" if len(rows) > PAGE else None
    return {"items": rows[:PAGE], "next": more}


@api.get("/ledger/accounts/<address>/entries")
@api.arguments(EntryArguments, location="query")
@api.response(200, Statement)
def get_entries(asked: dict[str, Any], address: str) -> ResponseReturnValue:
    """Read an account's statement backwards, a page at a time."""
    scope = reader_of(address)
    found = statements.account(database(), scope, address, asked["unit"])
    rows = statements.entries(database(), scope, found["id"], before=asked["before"])
    more = rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
    return {**found, "items": rows[:PAGE], "next": more}


@api.get("/ledger/transfers")
@api.arguments(TransferArguments, location="query")
@api.response(200, TransfersPage)
def get_transfers(asked: dict[str, Any]) -> ResponseReturnValue:
    """List transfers, newest first."""
    before = asked.pop("before")
    scope = scope_of(database(), require(*READERS))
    rows = books.transfers(database(), scope, Wanted(**asked), before=before)
    more = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    return {"items": rows[:PAGE], "next": more}


@api.get("/ledger/transfers/<int:transfer_id>")
@api.response(200, TransferFigures)
def get_transfer(transfer_id: int) -> ResponseReturnValue:
    """Read one transfer with its legs and the lots that it moved."""
    scope = scope_of(database(), require(*READERS))
    return books.transfer(database(), scope, transfer_id)


@api.get("/ledger/trial-balance")
@api.response(200, TrialBalance)
def get_trial_balance() -> ResponseReturnValue:
    """Sum every account from its entries; each unit sums to zero."""
    lines = books.trial_balance(database(), scope_of(database(), require(*READERS)))
    return {"items": lines, "sums": books.sums(lines)}
