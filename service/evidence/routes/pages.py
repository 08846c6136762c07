"""Pages of shops' files: the list with its form, and one file with its preview or its rows."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops, trail
from service.errors import Forbidden
from service.evidence import queries
from service.evidence.columns import FIELDS, Plan
from service.evidence.models import EvidenceFile, Status
from service.evidence.queries import PAGE
from service.evidence.refusals import UnknownFile
from service.evidence.routes.api import accept, withdrawn
from service.evidence.routes.whose import (
    KEEPERS,
    READERS,
    fault_said,
    file_of,
    keep,
    preview,
    reached,
    run,
)
from service.evidence.schemas import (
    AcceptSchema,
    AfterSchema,
    PageSchema,
    PlanSchema,
    WithdrawSchema,
)
from service.evidence.storage import place
from service.i18n import N_
from service.web import caller, settings, uploads
from service.web.access import require

pages = Blueprint("shop_files", __name__)

# What a column may say, in the order of the form; the first must be named.
LABELS = {
    "occurred_at": N_("When it was completed"),
    "clock": N_("Time of day, if in a column of its own"),
    "reference": N_("Number of the sale"),
    "short_code": N_("Last six digits of the receipt"),
    "kind": N_("Goods or discount"),
    "item": N_("Good"),
    "qty": N_("Pieces"),
    "amount": N_("Value given, yuan"),
    "bill": N_("Whole bill, yuan"),
    "points": N_("Points"),
    "status": N_("Whether the sale stands"),
}
DEEDS = {
    "evidence.send": N_("sent the file"),
    "evidence.accept": N_("accepted how it is read"),
    "evidence.loaded": N_("The file was read"),
    "evidence.bad": N_("The file could not be read"),
    "evidence.withdraw": N_("withdrew the file"),
}
UNREAD = (Status.DRAFT, Status.BAD)


@pages.get("/desk/files")
def show_files() -> ResponseReturnValue:
    """List the files of the shops that the reader looks after, and take a new one."""
    asked = PageSchema().load(request.args.to_dict())
    require(*READERS)
    return render_template("evidence/list.html", said=fault_said, **run(read_files, asked=asked))


def read_files(session: Session, *, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one page of files, of one shop or of all that the reader reaches."""
    within = shops.shops_within(session, caller().scopes(*READERS))
    wanted = [shop for shop in within if shop.code == asked.get("shop", shop.code)]
    if asked.get("shop") and not wanted:
        raise Forbidden
    ids = [shop.id or 0 for shop in wanted]
    rows = queries.page(session, ids, before=asked.get("before"), limit=PAGE + 1)
    kept = shops.shops_within(session, caller().scopes(*KEEPERS))
    return {
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "shops": {shop.id: shop for shop in within},
        "kept": [shop for shop in kept if shop.admitted_at],
        "asked": asked,
    }


@pages.post("/desk/files")
@uploads.takes_tables
def post_file() -> ResponseReturnValue:
    """Keep the file of the form and show what we understand of it."""
    return redirect(f"/desk/files/{keep(request.form.get('shop', '')).id}", 303)


@pages.get("/desk/files/<int:file_id>")
def show_file(file_id: int) -> ResponseReturnValue:
    """Show one file: what it would become, or what was read from it."""
    after = AfterSchema().load(request.args.to_dict())["after"]
    shown = run(read_file, file_id=file_id, after=after)
    row: EvidenceFile = shown["file"]
    looked = preview(row, plan_asked(row)) if row.status in UNREAD else None
    return render_template(
        "evidence/show.html",
        looked=looked,
        fault=looked.fault.kept() if looked and looked.fault else row.fault,
        said=fault_said,
        labels=LABELS,
        deeds=DEEDS,
        **shown,
    )


def plan_asked(row: EvidenceFile) -> Plan | None:
    """Return the mapping that the reader tries out, else the one with which it was refused."""
    if "look" in request.args:
        return plan_in(request.args)
    return Plan.of(row.mapping) if row.status == Status.BAD and row.mapping else None


def plan_in(sent: Any) -> Plan:
    """Read a mapping from a form's fields; what is left empty is not in the file."""
    named = {name: sent.get(f"column-{name}", "") for name in FIELDS}
    plain = ("kind", "reference_length", "only_column", "only_word", "head_line")
    given = {name: sent[name] for name in plain if sent.get(name)}
    columns = {name: column for name, column in named.items() if column}
    found: Plan = PlanSchema().load({**given, "columns": columns})
    return found


def read_file(session: Session, *, file_id: int, after: int) -> dict[str, Any]:
    """Read what the page of a file shows."""
    row, shop = file_of(session, file_id)
    rows = queries.rows(session, file_id, after=after, limit=PAGE + 1)
    story = trail.about(session, f"shop-file:{row.id}")
    return {
        "file": row,
        "shop": shop,
        "keeps": reached(session, shop, KEEPERS),
        "others": queries.has_others(session, row),
        "rows": rows[:PAGE],
        "after": after,
        "next": rows[PAGE - 1].line if len(rows) > PAGE else None,
        "story": story,
        "titles": queries.titles(session, {one.actor for one in story}),
    }


@pages.post("/desk/files/<int:file_id>/acceptance")
def post_acceptance(file_id: int) -> ResponseReturnValue:
    """Accept the file as the form says, and show what became of it."""
    plan = plan_in(request.form)
    given = {"repeats": request.form.get("repeats") or None}
    remember = "remember" in request.form
    accept(file_id, {**AcceptSchema().load(given), "plan": plan, "remember": remember})
    return redirect(f"/desk/files/{file_id}", 303)


@pages.post("/desk/files/<int:file_id>/withdrawal")
def post_withdrawal(file_id: int) -> ResponseReturnValue:
    """Withdraw the file, and show its page."""
    given = WithdrawSchema().load({"reason": request.form.get("reason", "").strip()})
    run(withdrawn, file_id=file_id, reason=given["reason"])
    return redirect(f"/desk/files/{file_id}", 303)


@pages.get("/desk/files/<int:file_id>/original")
def show_original(file_id: int) -> ResponseReturnValue:
    """Send the bytes as they came, never to be shown by a browser."""
    row, shop = run(file_of, file_id=file_id)
    path = place(settings().files_folder, row.sha256)
    if not path.is_file():
        raise UnknownFile
    name = f"{shop.code}-{row.sha256.hex()[:12]}{'.xlsx' if row.kind == 'xlsx' else '.csv'}"
    octets = "application/octet-stream"
    return uploads.inert(send_file(path, octets, as_attachment=True, download_name=name))
