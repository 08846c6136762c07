"""Whose file a request means, and how what is wrong in it is said to the reader."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from flask import request
from sqlmodel import Session

from service import shops
from service.clock import business_day
from service.evidence import actions, queries
from service.evidence.actions import Sender
from service.evidence.columns import Plan
from service.evidence.faults import SENTENCES
from service.evidence.footing import COUNTED
from service.evidence.looking import Look, Preview, look
from service.evidence.models import EvidenceFile
from service.evidence.refusals import NothingSent, UnknownFile
from service.evidence.storage import place, store
from service.i18n import N_
from service.people import Role
from service.web import caller, database, now, settings
from service.web.access import require
from service.web.locale import gettext
from service.web.uploads import TABLE_BYTES_MAX

KEEPERS = (Role.OFFICER, "shop_owner")
READERS = (*KEEPERS, Role.SECRETARY, Role.RECORDER)
PLACES = {
    "both": N_("Line {line}, column “{column}”: "),
    "line": N_("Line {line}: "),
}


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def reached(session: Session, shop: shops.Shop, roles: tuple[str, ...]) -> bool:
    """Tell whether one of the caller's offices counts for a shop."""
    return bool(caller().scopes(*roles) & shops.scopes(session, shop))


def shop_of(session: Session, code: str, *, roles: tuple[str, ...] = READERS) -> shops.Shop:
    """Return a shop whose files the caller may see. Raises UnknownShop, Forbidden."""
    who = require(*roles)
    found = shops.shop(session, code)
    shops.check_reach(session, who, found, roles)
    return found


def file_of(
    session: Session, file_id: int, *, roles: tuple[str, ...] = READERS
) -> tuple[EvidenceFile, shops.Shop]:
    """Return a file that the caller may see, and its shop; another shop's is as none.

    Raises Unauthorized, Forbidden, UnknownFile.
    """
    require(*roles)
    row = queries.file(session, file_id)
    shop = shops.shop_by_id(session, row.shop_id)
    if not reached(session, shop, roles):
        raise UnknownFile
    return row, shop


def received() -> tuple[IO[bytes], str]:
    """Return the file of the form and its name. Raises NothingSent."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise NothingSent
    return sent.stream, Path(sent.filename.replace("\\", "/")).name


def keep(code: str) -> EvidenceFile:
    """Keep the file of the form for a shop: first its bytes, then its row."""
    shop = run(shop_of, code=code, roles=KEEPERS)
    stream, name = received()
    stored = store(stream, folder=settings().files_folder, now=now(), most=TABLE_BYTES_MAX)
    sender = Sender(shop.id, caller().actor, now())
    found: EvidenceFile = run(actions.keep, stored=stored, name=name, sender=sender)
    return found


def preview(row: EvidenceFile, plan: Plan | None = None) -> Preview:
    """Look at a file as it would be read by a plan; nothing is written."""
    saved = run(queries.saved_plans, shop_id=row.shop_id)
    path = place(settings().files_folder, row.sha256)
    if not path.is_file():
        raise UnknownFile
    return look(Look(path, row.kind, saved, business_day(now())), plan)


def fault_said(fault: dict[str, Any] | None) -> str:
    """Say in the reader's language where a file is wrong and how."""
    if not fault:
        return ""
    column = fault.get("column") if fault.get("column") != COUNTED else None
    where = "both" if column and fault.get("line") else "line" if fault.get("line") else ""
    place_ = gettext(PLACES[where]).format(line=fault["line"], column=column) if where else ""
    values = {"value": fault.get("value", ""), "found": fault.get("found", "")}
    sentence = SENTENCES[fault["slug"]]
    return place_ + gettext(sentence).format(**values)
