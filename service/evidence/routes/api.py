"""JSON of shops' files: send, look, accept, withdraw, read."""

from typing import Any

from sqlmodel import Session

from service import shops
from service.evidence import actions, queries
from service.evidence.actions import Acceptance
from service.evidence.looking import Preview
from service.evidence.models import EvidenceFile
from service.evidence.queries import PAGE
from service.evidence.routes.whose import (
    KEEPERS,
    fault_said,
    file_of,
    keep,
    preview,
    run,
    shop_of,
)
from service.evidence.schemas import (
    AcceptSchema,
    AfterSchema,
    FileSchema,
    FilesSchema,
    LookSchema,
    PageSchema,
    PreviewSchema,
    RowsSchema,
    SentSchema,
    WithdrawSchema,
)
from service.web import caller, now, settings, uploads
from service.web.api import ApiBlueprint

PLAIN = ("id", "name", "status", "layout", "repeats", "totals", "rows", "first_day", "last_day",
         "sent_by", "sent_at", "read_at", "reason")  # fmt: skip
api = ApiBlueprint("evidence_api", __name__, url_prefix="/api/v1", description="Shops' files")


@api.get("/shops/<code>/files")
@api.arguments(PageSchema, location="query")
@api.response(200, FilesSchema)
def get_files(asked: dict[str, Any], code: str) -> Any:
    """List a shop's files, the newest first."""
    return run(listed, code=code, before=asked.get("before"))


def listed(session: Session, *, code: str, before: int | None) -> dict[str, Any]:
    """Read one page of a shop's files."""
    shop = shop_of(session, code)
    rows = queries.page(session, [shop.id or 0], before=before, limit=PAGE + 1)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return {"items": [described(row, shop) for row in rows[:PAGE]], "next": more}


@api.post("/shops/<code>/files")
@api.arguments(SentSchema, location="files")
@api.response(201, FileSchema)
@uploads.takes_tables
def post_file(given: dict[str, Any], code: str) -> Any:
    """Send a file (multipart, field `file`); the same bytes again are the same file."""
    return run(one, file_id=keep(code).id)


def one(session: Session, *, file_id: int) -> dict[str, Any]:
    """Read a file that the caller may see."""
    return described(*file_of(session, file_id))


@api.get("/shop-files/<int:file_id>")
@api.response(200, FileSchema)
def get_file(file_id: int) -> Any:
    """Tell what became of a file."""
    return run(one, file_id=file_id)


@api.post("/shop-files/<int:file_id>/preview")
@api.arguments(LookSchema)
@api.response(200, PreviewSchema)
def post_preview(given: dict[str, Any], file_id: int) -> Any:
    """Look at a file as it would be read; nothing is written."""
    row, _ = run(file_of, file_id=file_id)
    return looked(preview(row, given["plan"]))


@api.post("/shop-files/<int:file_id>/acceptance")
@api.arguments(AcceptSchema)
@api.response(200, FileSchema)
def post_acceptance(given: dict[str, Any], file_id: int) -> Any:
    """Read a file as said; a large one waits for a worker. `bad` names the first bad line."""
    run(file_of, file_id=file_id, roles=KEEPERS)
    accept(file_id, given)
    return run(one, file_id=file_id)


def accept(file_id: int, given: dict[str, Any]) -> EvidenceFile:
    """Accept a file with the plan of the request, else with the one that its preview proposes."""
    row, _ = run(file_of, file_id=file_id, roles=KEEPERS)
    plan = given["plan"] or preview(row).plan
    acceptance = Acceptance(plan, caller().actor, now(), given["repeats"], given["remember"])
    folder = settings().files_folder
    found: EvidenceFile = run(actions.accept, file_id=file_id, acceptance=acceptance, folder=folder)
    return found


@api.post("/shop-files/<int:file_id>/withdrawal")
@api.arguments(WithdrawSchema)
@api.response(200, FileSchema)
def post_withdrawal(given: dict[str, str], file_id: int) -> Any:
    """Let a file count no more; the same bytes may be sent again."""
    run(withdrawn, file_id=file_id, reason=given["reason"])
    return run(one, file_id=file_id)


def withdrawn(session: Session, *, file_id: int, reason: str) -> EvidenceFile:
    """Withdraw a file that the caller keeps."""
    file_of(session, file_id, roles=KEEPERS)
    return actions.withdraw(session, file_id, reason=reason, by=caller().actor, now=now())


@api.get("/shop-files/<int:file_id>/rows")
@api.arguments(AfterSchema, location="query")
@api.response(200, RowsSchema)
def get_rows(asked: dict[str, int], file_id: int) -> Any:
    """List what was read from a file, in the order of its lines."""
    return run(rows_of, file_id=file_id, after=asked["after"])


def rows_of(session: Session, *, file_id: int, after: int) -> dict[str, Any]:
    """Read one page of a file's rows."""
    file_of(session, file_id)
    rows = queries.rows(session, file_id, after=after, limit=PAGE + 1)
    return {"items": rows[:PAGE], "next": rows[PAGE - 1].line if len(rows) > PAGE else None}


def described(row: EvidenceFile, shop: shops.Shop) -> dict[str, Any]:
    """Write a file as JSON's fields."""
    fault = {**row.fault, "said": fault_said(row.fault)} if row.fault else None
    told = {"shop": shop.code, "sha256": row.sha256.hex(), "bytes": row.size, "plan": row.mapping}
    plain = {name: getattr(row, name) for name in PLAIN}
    return {**plain, **told, "fault": fault}


def looked(found: Preview) -> dict[str, Any]:
    """Write a preview as JSON's fields."""
    fault = found.fault.kept() if found.fault else None
    return {
        "layout": dict(found.layout),
        "head_line": found.head.line if found.head else None,
        "names": list(found.head.names) if found.head else [],
        "plan": found.plan.kept(),
        "remembered": found.remembered,
        "rows": [row.told() for row in found.rows],
        "totals": found.totals.kept() if found.totals else None,
        "fault": {**fault, "said": fault_said(fault)} if fault else None,
    }
