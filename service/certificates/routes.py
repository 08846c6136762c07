"""Certificates over HTTP: one's own, the community's at the desk, and the page of each."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, people
from service.certificates import actions, queries
from service.certificates.actions import Wanted
from service.certificates.models import Certificate, Order, UnknownCertificate, UnknownOrder
from service.certificates.printing import file_of
from service.certificates.schemas import (
    OrderSchema,
    OrderSentSchema,
    RevocationSchema,
    VerdictSchema,
)
from service.clock import business_day
from service.people import Caller, Role
from service.web import caller, database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.limits import Limit

api = ApiBlueprint(
    "certificates", __name__, url_prefix="/api/v1/certificates", description="Certificates"
)
pages = Blueprint("certificate_pages", __name__)
blueprints = [api, pages]

ISSUERS = (Role.SECRETARY, Role.RECORDER)
LOOKS = Limit("certificates", most=30, seconds=60)
PAGE = 50


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def issuing() -> tuple[Caller, list[int]]:
    """Return the caller as somebody who issues certificates, and for which communities."""
    who = require(*ISSUERS)
    return who, people.communities_under(database(), who.scopes(*ISSUERS))


# ------------------------------------------------------------------------------ anybody


@pages.get("/v/<tail>")
def check_certificate(tail: str) -> ResponseReturnValue:
    """Say whether a certificate is genuine; every other address reads the same."""
    found = looked_up(tail)
    page = render_template("certificates/check.html", found=found)
    answer = Response(page, status=200 if found else 404)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@api.get("/<tail>")
@api.response(200, VerdictSchema)
def get_verdict(tail: str) -> ResponseReturnValue:
    """Tell what the certificate at an address `<serial>.<check>` says and whether it holds."""
    if (found := looked_up(tail)) is None:
        raise UnknownCertificate
    return found  # type: ignore[no-any-return]


def looked_up(tail: str) -> Any:
    """Return the verdict on the certificate at an address, or None for no address of ours."""
    LOOKS.check()
    LOOKS.count()
    serial = passes.read_certificate(keys(), tail)
    try:
        return run(queries.verdict, serial=serial) if serial else None
    except UnknownCertificate:
        return None


# ------------------------------------------------------------------------- volunteers


@pages.get("/me/certificates")
def show_own() -> ResponseReturnValue:
    """Show a volunteer's own certificates, and the form for a new one."""
    who = require("volunteer")
    shown = run(read_page, community_ids=[who.community_id], volunteer_id=who.volunteer_id)
    return render_template("certificates/own.html", **shown)


@pages.post("/me/certificates")
def order_own() -> ResponseReturnValue:
    """Order the own certificate; the same form sent twice is one order."""
    who = require("volunteer")
    asked = form_of(OrderSentSchema())
    run(order_for, who=who, asked={**asked, "volunteer": who.code})
    return redirect("/me/certificates", 303)


# -------------------------------------------------------------------------- the desk


@pages.get("/desk/certificates")
def show_desk() -> ResponseReturnValue:
    """Show what was issued, what is being printed, and the forms."""
    _, communities = issuing()
    before = request.args.get("before", type=int)
    shown = run(read_page, community_ids=communities, before=before)
    return render_template("certificates/desk.html", **shown)


@pages.post("/desk/certificates")
def order_at_desk() -> ResponseReturnValue:
    """Order one volunteer's certificate, or the whole community's."""
    who, _ = issuing()
    run(order_for, who=who, asked=form_of(OrderSentSchema()))
    return redirect("/desk/certificates", 303)


@pages.post("/desk/certificates/<serial>/revoke")
def revoke_at_desk(serial: str) -> ResponseReturnValue:
    """Revoke a certificate, with a reason."""
    run(revoked, serial=serial, reason=request.form.get("reason", ""))
    return redirect("/desk/certificates", 303)


@pages.get("/certificates/orders/<int:order_id>.pdf")
def get_file(order_id: int) -> ResponseReturnValue:
    """Send the printed file of an order to whoever may have it; that staff took it is noted."""
    row = run(seen_order, order_id=order_id)
    path = run(file_of, row=row, folder=settings().files_folder)
    run(actions.note_taken, row=row, by=caller(), now=now())
    name = f"certificates-{row.upto}-{row.id}.pdf"
    answer = send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


# ------------------------------------------------------------------------------- JSON


@api.post("/orders")
@api.arguments(OrderSentSchema)
@api.response(202, OrderSchema)
def post_order(asked: dict[str, Any]) -> ResponseReturnValue:
    """Order certificates: a volunteer the own one, staff anybody's or all of a community."""
    who = caller()
    if who.kind == "volunteer":
        asked = {**asked, "volunteer": who.code}
    else:
        issuing()
    return told(run(order_for, who=who, asked=asked))


@api.get("/orders/<int:order_id>")
@api.response(200, OrderSchema)
def get_order(order_id: int) -> ResponseReturnValue:
    """Tell how far an order is."""
    return told(run(seen_order, order_id=order_id))


@api.post("/<serial>/revocation")
@api.arguments(RevocationSchema)
@api.response(200, VerdictSchema)
def post_revocation(asked: dict[str, Any], serial: str) -> ResponseReturnValue:
    """Revoke a certificate for good; again changes nothing."""
    run(revoked, serial=serial, reason=asked["reason"])
    return run(queries.verdict, serial=serial)  # type: ignore[no-any-return]


# ---------------------------------------------------------------------- shared by both


def form_of(schema: OrderSentSchema) -> dict[str, Any]:
    """Read an order's form; an empty field is none."""
    asked: dict[str, Any] = schema.load(
        {name: value for name, value in request.form.items() if value and name in schema.fields}
    )
    return asked


def order_for(session: Session, *, who: Caller, asked: dict[str, Any]) -> Order:
    """Place an order within what the caller may order."""
    volunteer = people.volunteer(session, asked["volunteer"]) if asked["volunteer"] else None
    community = (
        people.unit_by_id(session, volunteer.community_id)
        if volunteer
        else people.unit(session, asked["community"] or who.community)
    )
    if who.kind == "staff" and community.id not in issuing()[1]:
        raise people.UnknownVolunteer if volunteer else people.UnknownUnit
    why = people.Reason(asked["reason"], asked["words"])
    wanted = Wanted(asked["key"], community, asked["upto"], volunteer, why)
    return actions.order(session, wanted, by=who, now=now())


def revoked(session: Session, *, serial: str, reason: str) -> Certificate:
    """Revoke a certificate of the caller's communities."""
    who, communities = issuing()
    if queries.by_serial(session, serial).community_id not in communities:
        raise UnknownCertificate
    return actions.revoke(session, serial, reason=reason, by=who, now=now())


def seen_order(session: Session, *, order_id: int) -> Order:
    """Return an order that the caller may see: the own one, or the community's at the desk."""
    who, row = caller(), queries.order_by_id(session, order_id)
    if who.kind == "volunteer" and who.volunteer_id == row.volunteer_id:
        return row
    if who.kind != "staff" or row.community_id not in issuing()[1]:
        raise UnknownOrder
    return row


def told(row: Order) -> dict[str, Any]:
    """Write an order as JSON's fields."""
    said = {name: getattr(row, name) for name in ("id", "upto", "started_at", "done", "total")}
    file = f"/certificates/orders/{row.id}.pdf" if row.file else None
    return {**said, "finished": row.finished_at is not None, "file": file}


def read_page(
    session: Session,
    *,
    community_ids: Sequence[int],
    volunteer_id: int | None = None,
    before: int | None = None,
) -> dict[str, Any]:
    """Read what both pages show: certificates with their state, and the newest orders."""
    found = queries.certificates(
        session,
        community_ids=community_ids,
        volunteer_id=volunteer_id,
        before=before,
        limit=PAGE + 1,
    )
    return {
        "rows": [row_of(session, one) for one in found[:PAGE]],
        "earlier": found[PAGE - 1].id if len(found) > PAGE else None,
        "orders": queries.orders(session, community_ids=community_ids, volunteer_id=volunteer_id),
        "today": today(),
        "reasons": people.REASONS,
        "key": uuid4().hex,
    }


def row_of(session: Session, one: Certificate) -> dict[str, Any]:
    """Return one certificate with what a list shows beside it."""
    return {
        "one": one,
        "state": queries.state_of(session, one),
        "booklet": people.volunteer_by_id(session, one.volunteer_id).code,
        "tail": passes.certificate_tail(keys(), one.serial),
    }


def today() -> date:
    """Return the day on which this request is made."""
    return business_day(now())
