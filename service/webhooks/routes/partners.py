"""HTTP of partners' addresses: JSON, and what the pages do with the same words."""

from typing import Any

from sqlmodel import Session

from service import outbox
from service.errors import Invalid
from service.i18n import N_
from service.web import caller, settings
from service.web.api import ApiBlueprint
from service.webhooks import actions, guard, queries, rules
from service.webhooks.actions import Wanted
from service.webhooks.models import Consent, Delivery, Endpoint, Status
from service.webhooks.routes.whose import MACHINE, PAGE, own_programmes, page, run
from service.webhooks.schemas import (
    CountSchema,
    DeliveriesAskSchema,
    DeliveriesSchema,
    DeliverySchema,
    DeliveryWholeSchema,
    EndpointAskSchema,
    EndpointChangeSchema,
    EndpointSchema,
    EndpointsSchema,
    PagedSchema,
    RotationSchema,
    SecretSchema,
)

api = ApiBlueprint(
    "webhooks_api", __name__, url_prefix="/api/v1", description="Partners who are told of events"
)


class NotYourProgramme(Invalid):
    """The programme is nobody's of the caller."""

    slug, title = "unknown-programme", N_("There is no such programme")
    field = "programme"


def listed(session: Session, *, after: int | None) -> dict[str, Any]:
    """Return one page of the addresses that the caller administrates."""
    own = own_programmes(session)
    rows = queries.endpoints(session, list(own), after=after or 0, limit=PAGE + 1)
    items, more = page(list(rows))
    return {"items": [told(row, own[row.programme_id].code) for row in items], "next": more}


def told(row: Endpoint, programme: str) -> dict[str, Any]:
    """Write an address as JSON's fields."""
    return row.model_dump(exclude={"salt"}) | {"programme": programme}


def endpoint(session: Session, endpoint_id: int, *, lock: bool = True) -> Endpoint:
    """Return an address that the caller administrates. Raises UnknownEndpoint."""
    return actions.endpoint(session, endpoint_id, own_programmes(session), lock=lock)


def described(session: Session, row: Endpoint) -> dict[str, Any]:
    """Write one address as JSON's fields."""
    return told(row, own_programmes(session)[row.programme_id].code)


def found(session: Session, *, given: dict[str, Any]) -> dict[str, Any]:
    """Open an address in one of the caller's programmes. Raises NotYourProgramme."""
    own = {one.code: number for number, one in own_programmes(session).items()}
    if given["programme"] not in own:
        raise NotYourProgramme
    wanted = Wanted(given["title"], given["url"], given["types"], Consent(given["consent"]))
    networks = guard.networks(settings().webhook_networks)
    row = actions.found(
        session,
        own[given["programme"]],
        wanted,
        own=networks,
        actor=caller().actor,
        now=MACHINE.now(),
    )
    return described(session, row)


def change(session: Session, *, endpoint_id: int, given: dict[str, Any]) -> dict[str, Any]:
    """Change what a partner is told, and whether anything is."""
    row, by = endpoint(session, endpoint_id), caller().actor
    actions.change(
        session, row, title=given["title"], types=given["types"], actor=by, now=MACHINE.now()
    )
    if given["status"]:
        actions.switch(session, row, Status(given["status"]), actor=by, now=MACHINE.now())
    return described(session, row)


def rotate(session: Session, *, endpoint_id: int, generation: int) -> dict[str, Any]:
    """Replace a secret, and show the new one."""
    row = endpoint(session, endpoint_id)
    actions.rotate(session, row, generation=generation, actor=caller().actor, now=MACHINE.now())
    return secret_of(row)


def show_secret(session: Session, *, endpoint_id: int) -> dict[str, Any]:
    """Show a secret, and write down who saw it."""
    row = endpoint(session, endpoint_id)
    actions.record(session, row, "secret_shown", actor=caller().actor, now=MACHINE.now())
    return secret_of(row)


def secret_of(row: Endpoint) -> dict[str, Any]:
    """Return the newest secret of an address."""
    secret = rules.secret(settings().lasting_key, row.salt, row.generation)
    return {
        "secret": secret,
        "generation": row.generation,
        "previous_until": row.previous_until,
    }


def sent(session: Session, *, endpoint_id: int, status: str, after: int | None) -> dict[str, Any]:
    """Return one page of an address's deliveries."""
    row = endpoint(session, endpoint_id, lock=False)
    rows = queries.deliveries(session, row.id or 0, state=status, before=after, limit=PAGE + 1)
    items, more = page(list(rows))
    return {"items": items, "next": more}


def one_sent(session: Session, *, endpoint_id: int, delivery_id: int) -> dict[str, Any]:
    """Return one delivery with what is sent and how every attempt went."""
    row = endpoint(session, endpoint_id, lock=False)
    delivery, event, tries = queries.delivery(session, row, delivery_id)
    body = outbox.envelope(event, origin=settings().public_url)
    return delivery.model_dump() | {"body": body, "tries": tries}


def send_again(session: Session, *, endpoint_id: int, delivery_id: int) -> Delivery:
    """Have one delivery sent once more."""
    row = endpoint(session, endpoint_id)
    return actions.deliver_again(session, row, delivery_id, actor=caller().actor, now=MACHINE.now())


def send_failed(session: Session, *, endpoint_id: int) -> dict[str, int]:
    """Have everything sent once more that was given up."""
    row = endpoint(session, endpoint_id)
    count = actions.deliver_failed(session, row, actor=caller().actor, now=MACHINE.now())
    return {"count": count}


@api.get("/webhooks")
@api.arguments(PagedSchema, location="query")
@api.response(200, EndpointsSchema)
def get_endpoints(asked: dict[str, Any]) -> Any:
    """List the partners' addresses."""
    return run(listed, **asked)


@api.post("/webhooks")
@api.arguments(EndpointAskSchema)
@api.response(201, EndpointSchema)
def post_endpoint(given: dict[str, Any]) -> Any:
    """Open an address; the same one again changes nothing."""
    return run(found, given=given)


@api.get("/webhooks/<int:endpoint_id>")
@api.response(200, EndpointSchema)
def get_endpoint(endpoint_id: int) -> Any:
    """Show one address and how it fares."""
    return run(lambda session: described(session, endpoint(session, endpoint_id, lock=False)))


@api.put("/webhooks/<int:endpoint_id>")
@api.arguments(EndpointChangeSchema)
@api.response(200, EndpointSchema)
def put_endpoint(given: dict[str, Any], endpoint_id: int) -> Any:
    """Change of what a partner is told, or switch it off or on."""
    return run(change, endpoint_id=endpoint_id, given=given)


@api.post("/webhooks/<int:endpoint_id>/secret")
@api.response(200, SecretSchema)
def post_secret(endpoint_id: int) -> Any:
    """Show the secret; who saw it is written down."""
    return run(show_secret, endpoint_id=endpoint_id)


@api.post("/webhooks/<int:endpoint_id>/rotation")
@api.arguments(RotationSchema)
@api.response(200, SecretSchema)
def post_rotation(given: dict[str, Any], endpoint_id: int) -> Any:
    """Replace the secret; for a day both sign."""
    return run(rotate, endpoint_id=endpoint_id, **given)


@api.get("/webhooks/<int:endpoint_id>/deliveries")
@api.arguments(DeliveriesAskSchema, location="query")
@api.response(200, DeliveriesSchema)
def get_deliveries(asked: dict[str, Any], endpoint_id: int) -> Any:
    """List what a partner was told or is to be told, the newest first."""
    return run(sent, endpoint_id=endpoint_id, **asked)


@api.get("/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>")
@api.response(200, DeliveryWholeSchema)
def get_delivery(endpoint_id: int, delivery_id: int) -> Any:
    """Show one delivery and its attempts."""
    return run(one_sent, endpoint_id=endpoint_id, delivery_id=delivery_id)


@api.post("/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/redelivery")
@api.response(202, DeliverySchema)
def post_redelivery(endpoint_id: int, delivery_id: int) -> Any:
    """Have it sent once more; it keeps its id."""
    return run(send_again, endpoint_id=endpoint_id, delivery_id=delivery_id)


@api.post("/webhooks/<int:endpoint_id>/redeliveries")
@api.response(202, CountSchema)
def post_redeliveries(endpoint_id: int) -> Any:
    """Have everything sent once more that was given up."""
    return run(send_failed, endpoint_id=endpoint_id)
