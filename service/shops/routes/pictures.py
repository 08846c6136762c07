"""HTTP for pictures of goods: sent in by who keeps the shop, seen by everybody."""

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import files
from service.shops.actions import pictures, shelf
from service.shops.models import Good, Shop
from service.shops.routes.house import back_to
from service.shops.routes.members import kept_shop, run
from service.shops.routes.tills import KEEPERS
from service.shops.schemas import GoodSchema, PictureSentSchema
from service.web import caller, now, settings, uploads
from service.web.api import ApiBlueprint

api = ApiBlueprint("pictures_api", __name__, url_prefix="/api/v1", description="Pictures of goods")
pages = Blueprint("goods", __name__)


def hang(session: Session, *, code: str, good: str, content: bytes | None) -> Good:
    """Show a good as this picture, or without one."""
    shop = kept_shop(session, code, *KEEPERS)
    found = shelf.good_of(session, shop, good)
    kept = keep(session, shop, content).code if content is not None else None
    return pictures.hang(session, shop, found, kept, actor=caller().actor, now=now())


def keep(session: Session, shop: Shop, content: bytes) -> files.File:
    """Keep a picture for a shop. Raises TooLarge, PictureTooLarge, NotAPicture."""
    return files.keep(
        session,
        content,
        purpose=pictures.PURPOSE,
        community_id=shop.community_id,
        by=caller().actor,
        folder=settings().files_folder,
        now=now(),
        edge=pictures.EDGE,
    )


def sent() -> bytes:
    """Return the picture that came with the request. Raises NotAPicture where none did."""
    content = uploads.received()
    if content is None:
        raise files.NotAPicture
    return content


@api.put("/shops/<code>/goods/<good>/picture")
@api.arguments(PictureSentSchema, location="files")
@api.response(200, GoodSchema)
@uploads.takes_pictures
def put_picture(given: dict[str, Any], code: str, good: str) -> Any:
    """Show a good as this picture (multipart, at most 8 MB; it is drawn anew, small)."""
    return run(hang, code=code, good=good, content=sent())


@api.delete("/shops/<code>/goods/<good>/picture")
@api.response(200, GoodSchema)
def delete_picture(code: str, good: str) -> Any:
    """Show a good without a picture again."""
    return run(hang, code=code, good=good, content=None)


@pages.post("/desk/shops/<code>/goods/<good>/picture")
@uploads.takes_pictures
def post_picture(code: str, good: str) -> ResponseReturnValue:
    """Show a good as the picture of the form, and return to the shop's page."""
    run(hang, code=code, good=good, content=sent())
    return back_to(code)


@pages.post("/desk/shops/<code>/goods/<good>/picture/remove")
def post_removal(code: str, good: str) -> ResponseReturnValue:
    """Show a good without a picture again, and return to the shop's page."""
    run(hang, code=code, good=good, content=None)
    return back_to(code)


@pages.get("/pictures/<code>")
def show_picture(code: str) -> Response:
    """Show a good's picture to whoever has its address; there is nobody in it to protect."""
    return uploads.show(run(picture_of, code=code))


def picture_of(session: Session, *, code: str) -> files.File:
    """Return the picture under an address. Raises UnknownFile, also for every other file."""
    found = files.find(session, code)
    if found.purpose != pictures.PURPOSE:
        raise files.UnknownFile
    return found
