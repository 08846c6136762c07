"""Notices as everybody reads them, without signing in, and a volunteer's own consent."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, people
from service.notices import consents, queries
from service.notices.models import Notice, State
from service.notices.objections import counted
from service.notices.press import address, file_of
from service.notices.routes.whose import before, run, today
from service.notices.rules import code_of
from service.notices.schemas import PublicSchema
from service.web import now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.limits import Limit

api = ApiBlueprint(
    "notices_open", __name__, url_prefix="/api/v1/notices", description="Public notices"
)
pages = Blueprint("notices_open_pages", __name__)
# So that the addresses in e-mails, one word behind the same beginning, stay the inbox's.
CODE = "/notices/<community>-<int(fixed_digits=4):year>-<int:number>"
LOOKS = Limit("notices", most=120, seconds=60)


@pages.get("/notices")
def show_all() -> ResponseReturnValue:
    """List what was published, the newest first; ?community= narrows it."""
    LOOKS.check()
    LOOKS.count()
    found = run(read_all, community=request.args.get("community", ""), before=before())
    return hidden_from_robots(render_template("notices/public.html", **found))


def read_all(session: Session, *, community: str, before: int | None) -> dict[str, Any]:
    """Read a page of the public list."""
    place = people.unit(session, community.upper()) if community else None
    given = {"community_id": place.id if place else None, "before": before}
    rows = queries.of_everybody(session, **given, limit=queries.PAGE + 1)
    return {
        "rows": rows[: queries.PAGE],
        "next": rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        "place": place,
        "today": today(),
    }


@pages.get(CODE)
def show_notice(community: str, year: int, number: int) -> ResponseReturnValue:
    """Show a published notice: who agreed by the tail of the booklet, all others in totals."""
    LOOKS.check()
    LOOKS.count()
    found = run(read, code=code_of(community, year, number))
    return hidden_from_robots(render_template("notices/notice.html", **found))


def read(session: Session, *, code: str) -> dict[str, Any]:
    """Read a published notice with what became of it."""
    row = queries.by_code(session, code)
    assert row.content is not None
    rows = queries.open_rows(session, row.id or 0)
    ended = row.status == State.ENDED
    heard = counted(session, row.id or 0)
    return {
        "row": row,
        "said": row.content,
        "rows": rows,
        "withdrawn": len(row.content["rows"]) - len(rows),
        "ended": ended,
        "filed": row.filed if ended else heard.filed,
        "answered": row.answered if ended else heard.answered,
        "qr": passes.data_uri(address(settings().public_url, row)),
        "today": today(),
    }


@pages.get(f"{CODE}.pdf")
def get_paper(community: str, year: int, number: int) -> ResponseReturnValue:
    """Send the paper as it may be shown now; it is never kept by anybody between."""
    LOOKS.check()
    LOOKS.count()
    row: Notice = run(queries.by_code, code=code_of(community, year, number))
    path = file_of(row, folder=settings().files_folder)
    answer = send_file(path, mimetype="application/pdf", download_name=f"{row.code}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@api.get("/<code>")
@api.response(200, PublicSchema)
def get_notice(code: str) -> ResponseReturnValue:
    """Tell what a notice says and everything that its digest is computed from.

    The digest is the SHA-256 of `content` as JSON with sorted names and without blanks; a row's
    hash in `content.rows`, at its `nth` place, is that of the row's other fields written the same.
    """
    found = run(read, code=code)
    row = found["row"]
    names = ("code", "name", "status", "digest", "content")
    plain = {name: getattr(row, name) for name in names}
    return plain | {name: found[name] for name in ("rows", "withdrawn", "filed", "answered")}


@pages.get("/me/consents")
def show_consents() -> ResponseReturnValue:
    """Show a volunteer whether the booklet's tail stands in public notices."""
    who = require("volunteer")
    person = run(people.volunteer_by_id, volunteer_id=who.volunteer_id)
    return render_template("notices/consents.html", person=person)


@pages.post("/me/consents")
def post_consent() -> ResponseReturnValue:
    """Give or withdraw the own consent."""
    who = require("volunteer")
    given = {"given": request.form.get("given") == "true", "by": who.actor, "now": now()}
    run(consents.agree, volunteer_id=who.volunteer_id, **given)
    return redirect("/me/consents", 303)


def hidden_from_robots(page: str) -> Response:
    """Keep tails of booklets out of search engines."""
    answer = Response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
