"""The integrity panel: what the log says of itself, and having all of it verified."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import ledger, passes
from service.clock import business_day
from service.errors import Forbidden
from service.i18n import N_
from service.ledger import Verification
from service.people import Role
from service.reports import actors, integrity
from service.reports.findings import Place, placed
from service.reports.integrity import MONTHS, PAGE, PLACES, Panel
from service.reports.schemas import VerificationFigures
from service.reports.scope import READERS, NoSuchVerification, Scope, scope_of
from service.reports.words import FINDINGS, PERIODS
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import gettext

pages = Blueprint("integrity", __name__, url_prefix="/ledger/integrity")
api = ApiBlueprint(
    "integrity_api", __name__, url_prefix="/api/v1/ledger", description="Verifying the ledger"
)


ASKERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER)  # the auditor reads what they had verified


class NotAll(Forbidden):
    """The file holds every community's entries; only who may read all of them may have it."""

    slug, title = "not-all-communities", N_("This file holds the entries of other communities too")


def reader_s_scope() -> Scope:
    """Return what the reader may see; every reader of the ledger may see the panel."""
    return scope_of(database(), require(*READERS))


def month(text: str) -> date | None:
    """Read the month before which a page begins; what is none begins at the newest."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@pages.get("")
def show_panel() -> ResponseReturnValue:
    """Show the head, the last verification, the months and the earlier heads."""
    scope, asked = reader_s_scope(), request.args
    found = integrity.panel(database(), scope, before=asked.get("before", type=int))
    months = integrity.periods(
        database(), scope, today=business_day(now()), before=month(asked.get("month", ""))
    )
    people = [each.asked_by for each in (found.last, found.under_way) if each]
    people += [row["closed_by"] for row in months if row["closed_by"]]
    return render_template(
        "reports/integrity.html",
        panel=found,
        months=months[:MONTHS],
        earlier=months[MONTHS - 1]["month"] if len(months) > MONTHS else None,
        heads=found.heads[:PAGE],
        more=found.heads[PAGE - 1].size if len(found.heads) > PAGE else None,
        picture=passes.data_uri(found.head.note) if found.head else "",
        places=listed(found),
        FINDINGS=FINDINGS,
        PERIODS=PERIODS,
        who=actors.namer(database(), people, gettext),
    )


def listed(found: Panel) -> list[Place]:
    """Return the findings to list, for who may see all places."""
    first = found.last.findings[:PLACES] if found.last and found.sees_all else []
    return placed(database(), first, gettext)


@pages.post("/verifications")
def verify_now() -> ResponseReturnValue:
    """Have a worker verify everything; asked twice, it is verified once."""
    asker = require(*ASKERS)
    database().atomic(partial(integrity.ask, by=asker.actor, now=now()))
    return redirect("/ledger/integrity#verification", 303)


@pages.post("/export")
def export() -> ResponseReturnValue:
    """Send the whole ledger as the file that anybody can verify, line by line as it is read."""
    reader = require(*READERS)
    if not integrity.sees_all(database(), scope_of(database(), reader)):
        raise NotAll
    database().atomic(partial(integrity.note_export, by=reader.actor, now=now()))
    answer = Response(exported(settings().database_url), mimetype="text/tab-separated-values")
    name = f"aixin-ledger-{business_day(now())}.tsv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def exported(url: str) -> Iterator[bytes]:
    """Read the file on a connection of its own, which ends with the reader's."""
    with ledger.reading(url) as connection:
        yield from ledger.export_lines(connection)


@api.post("/verifications")
@api.response(202, VerificationFigures)
def post_verification() -> ResponseReturnValue:
    """Have everything verified; answers the one under way where there is one."""
    asker = require(*ASKERS)
    asked = database().atomic(partial(integrity.ask, by=asker.actor, now=now()))
    return told(asked, scope_of(database(), asker))


@api.get("/verifications/<int:verification_id>")
@api.response(200, VerificationFigures)
def get_verification(verification_id: int) -> ResponseReturnValue:
    """Tell how far a verification is, and what it found."""
    scope = reader_s_scope()
    found = integrity.verification(database(), verification_id)
    if found is None:
        raise NoSuchVerification
    return told(found, scope)


def told(found: Verification, scope: Scope) -> dict[str, Any]:
    """Return a verification's figures, with places only for who may see all of them."""
    figures = found.model_dump()
    places = figures.pop("findings") if integrity.sees_all(database(), scope) else []
    return {**figures, "finished": found.finished_at is not None, "findings": places[:PLACES]}
