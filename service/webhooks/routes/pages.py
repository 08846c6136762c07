"""The administrator's pages of partners: the list, one address, one delivery."""

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.outbox import CATALOGUE
from service.webhooks import words
from service.webhooks.routes import partners
from service.webhooks.routes.whose import filled, own_programmes, run, troubles
from service.webhooks.schemas import (
    DeliveriesAskSchema,
    EndpointAskSchema,
    EndpointChangeSchema,
    PagedSchema,
    RotationSchema,
)

pages = Blueprint("webhooks", __name__)

HERE = "/desk/webhooks"
pages.add_app_template_global(troubles, "troubles")


@pages.get(HERE)
def show_endpoints() -> ResponseReturnValue:
    """Show the partners, and the form for a new one."""
    asked = PagedSchema().load(request.args.to_dict())
    return render_template("webhooks/list.html", **run(read_list, **asked), **told())


def read_list(session: Session, *, after: int | None) -> dict[str, Any]:
    """Read what the list shows."""
    mine = sorted(own_programmes(session).values(), key=lambda one: one.code)
    return {**partners.listed(session, after=after), "programmes": mine}


def told() -> dict[str, Any]:
    """Return the words that the pages use."""
    return {"words": words, "entries": CATALOGUE}


@pages.post(HERE)
def post_from_page() -> ResponseReturnValue:
    """Open an address and show it."""
    given = EndpointAskSchema().load(filled() | {"types": request.form.getlist("types")})
    made = run(partners.found, given=given)
    return redirect(f"{HERE}/{made['id']}", 303)


@pages.get(f"{HERE}/<int:endpoint_id>")
def show_endpoint(endpoint_id: int) -> ResponseReturnValue:
    """Show one address with what it was told."""
    return one_page(endpoint_id)


def one_page(endpoint_id: int, **more: Any) -> ResponseReturnValue:
    """Show an address; `secret` only when it was asked for."""
    asked = DeliveriesAskSchema().load(request.args.to_dict())
    found = run(read_one, endpoint_id=endpoint_id, asked=asked)
    return render_template("webhooks/show.html", **found, **told(), asked=asked, **more)


def read_one(session: Session, *, endpoint_id: int, asked: dict[str, Any]) -> dict[str, Any]:
    """Read what an address's page shows."""
    row = partners.endpoint(session, endpoint_id, lock=False)
    sent = partners.sent(session, endpoint_id=endpoint_id, **asked)
    return {"one": partners.described(session, row), **sent}


@pages.post(f"{HERE}/<int:endpoint_id>")
def change_from_page(endpoint_id: int) -> ResponseReturnValue:
    """Change what a partner is told, and show it."""
    given = EndpointChangeSchema().load(filled() | {"types": request.form.getlist("types")})
    run(partners.change, endpoint_id=endpoint_id, given=given)
    return redirect(f"{HERE}/{endpoint_id}", 303)


@pages.post(f"{HERE}/<int:endpoint_id>/secret")
def secret_from_page(endpoint_id: int) -> ResponseReturnValue:
    """Show the secret this once."""
    return one_page(endpoint_id, shown=run(partners.show_secret, endpoint_id=endpoint_id))


@pages.post(f"{HERE}/<int:endpoint_id>/rotation")
def rotate_from_page(endpoint_id: int) -> ResponseReturnValue:
    """Replace the secret and show the new one this once."""
    given = RotationSchema().load(filled())
    return one_page(endpoint_id, shown=run(partners.rotate, endpoint_id=endpoint_id, **given))


@pages.post(f"{HERE}/<int:endpoint_id>/redeliveries")
def send_failed_from_page(endpoint_id: int) -> ResponseReturnValue:
    """Have everything sent once more that was given up, and show the address."""
    run(partners.send_failed, endpoint_id=endpoint_id)
    return redirect(f"{HERE}/{endpoint_id}", 303)


@pages.get(f"{HERE}/<int:endpoint_id>/deliveries/<int:delivery_id>")
def show_delivery(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    """Show one delivery: what is sent, and how every attempt went."""
    found = run(partners.one_sent, endpoint_id=endpoint_id, delivery_id=delivery_id)
    body = json.dumps(found["body"], ensure_ascii=False, indent=2)
    return render_template("webhooks/delivery.html", **{**found, "body": body}, **told())


@pages.post(f"{HERE}/<int:endpoint_id>/deliveries/<int:delivery_id>/redelivery")
def send_again_from_page(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    """Have it sent once more and show it."""
    run(partners.send_again, endpoint_id=endpoint_id, delivery_id=delivery_id)
    return redirect(f"{HERE}/{endpoint_id}/deliveries/{delivery_id}", 303)
