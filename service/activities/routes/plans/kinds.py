"""The desk's pages of kinds of activity, with the posts and counters that a plan begins with."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.activities.actions.kinds import Kind, known_kind, save_kind
from service.activities.actions.planning import PostPlan
from service.activities.models import Template
from service.activities.queries import plans as reads
from service.activities.refusals import UnknownTemplate
from service.activities.routes.keepers import run, signed_in
from service.activities.routes.plans.editor import read_choices
from service.activities.routes.plans.forms import Form, attempted, loaded, typed, typed_posts
from service.activities.schemas.planning import KindFormSchema
from service.web import now

pages = Blueprint("kind_pages", __name__)

FIELDS = {
    **dict.fromkeys(("code", "name", "rule", "category", "risk", "kind", "content"), "text"),
    "duration_minutes": "text",
    "active": "tick",
}


@pages.get("/desk/templates")
def show_kinds() -> ResponseReturnValue:
    """List the kinds of activity of the caller's programme, by code."""
    found = run(read_kinds, after=request.args.get("after", ""))
    return render_template("activities/plans/kinds.html", **found)


def read_kinds(session: Session, *, after: str) -> dict[str, Any]:
    """Read a page of kinds."""
    choices = read_choices(session)
    rows = reads.kinds(session, [choices["community"].programme_id], after=after)
    more = rows[reads.PAGE - 1].code if len(rows) > reads.PAGE else ""
    return {"rows": rows[: reads.PAGE], "next": more, "rates": choices["rates"]}


@pages.get("/desk/templates/new")
def show_new_kind() -> ResponseReturnValue:
    """Show an empty form for a kind of activity."""
    begun = {"risk": "low", "kind": "service", "active": True}
    return form_page(Form(begun), run(read_choices), code="")


@pages.get("/desk/templates/<code>")
def show_kind(code: str) -> ResponseReturnValue:
    """Show the form with a kind in it."""
    choices = run(read_choices)
    return form_page(Form(values_of(run(read_kind, code=code))), choices, code=code)


def read_kind(session: Session, *, code: str) -> Template:
    """Read a kind of the caller's programme. Raises UnknownTemplate."""
    programme_id = read_choices(session)["community"].programme_id
    found = known_kind(session, programme_id, code)
    if found is None:
        raise UnknownTemplate
    return found


def values_of(row: Template) -> dict[str, Any]:
    """Return a kind as the fields of the form."""
    names = ("code", "name", "rule", "category", "risk", "kind", "content", "active")
    posts = [{name: value for name, value in post.items() if value} for post in row.default_posts]
    return {name: getattr(row, name) for name in names} | {
        "duration_minutes": row.duration_minutes or "",
        "counters": row.counters,
        "posts": posts,
    }


def form_page(form: Form, choices: dict[str, Any], *, code: str) -> ResponseReturnValue:
    """Show the form; 422 where something in it is wrong."""
    rows = [*form.values.get("posts", []), {}]
    if "more" in request.form:
        rows.append({})
    page = render_template("activities/plans/kind.html", form=form, code=code, rows=rows, **choices)
    return page, 422 if form.errors else 200


@pages.post("/desk/templates/new")
def post_new_kind() -> ResponseReturnValue:
    """Add a kind of activity."""
    return save(code="")


@pages.post("/desk/templates/<code>")
def post_kind(code: str) -> ResponseReturnValue:
    """Change a kind of activity; what was planned with it stays as it is."""
    run(read_kind, code=code)
    return save(code=code)


def save(*, code: str) -> ResponseReturnValue:
    """Keep what the form says, or show what is wrong with it."""
    lines = request.form.get("counters", "").splitlines()
    form = Form(
        typed(FIELDS)
        | {"counters": list(dict.fromkeys(line.strip() for line in lines if line.strip()))}
        | {"posts": typed_posts(request.form)}
    )
    if code:
        form.values["code"] = code
    choices = run(read_choices)
    sent = None if "more" in request.form else loaded(form, KindFormSchema())
    if sent is None:
        return form_page(form, choices, code=code)
    kind = Kind(posts=[PostPlan(**post) for post in sent.pop("posts")], **sent)
    work = partial(
        run,
        save_kind,
        said=kind,
        programme_id=choices["community"].programme_id,
        actor=signed_in().actor,
        now=now(),
        new=not code,
    )
    return (
        redirect("/desk/templates")
        if attempted(form, work)
        else form_page(form, choices, code=code)
    )
