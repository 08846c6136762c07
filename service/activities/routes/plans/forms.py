"""Reading the desk's forms: values stay as typed, and what is wrong stands at its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from service.activities.refusals import OtherCommunity, UnfitRule, UnknownTemplate
from service.errors import Conflict, Invalid, NotFound, Refusal
from service.i18n import N_
from service.people import UnknownVolunteer
from service.programmes import NoRuleSet
from service.web.locale import gettext
from service.web.problems import from_refusal, leaves

POST_FIELDS = ("id", "name", "capacity", "rule", "min_age", "per_team_max", "risk_text")
POST_TICKS = ("needs_qualification", "needs_insurance", "team_only")
ROWS_MAX = 20
PLACES: dict[type[Refusal], str] = {
    UnknownVolunteer: "leader",
    OtherCommunity: "leader",
    UnfitRule: "posts",
    UnknownTemplate: "template",
    NoRuleSet: "day",
}
RENAMED = {"starts_at": "day", "ends_at": "ends"}  # a form has a day and two times instead


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it, by the names of the fields."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return what stands above a form that was refused."""
        return self.errors.get("", "") or gettext(N_("Please look at the marked fields"))


def typed(names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of this request's form: `text`, `list` or `tick` each; no empty text."""
    found = {name: READ[kind](name) for name, kind in names.items()}
    return {name: value for name, value in found.items() if value != ""}


READ: dict[str, Callable[[str], Any]] = {
    "text": lambda name: request.form.get(name, "").strip(),
    "list": lambda name: [one for one in request.form.getlist(name) if one],
    "tick": lambda name: name in request.form,
}


def typed_posts(sent: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Return the rows of the posts' editor; a row without a name is no post."""
    rows = []
    for at in range(ROWS_MAX):
        row: dict[str, Any] = {
            name: text
            for name in POST_FIELDS
            if (text := sent.get(f"post-{at}-{name}", "").strip())
        }
        if "name" in row:
            rows.append(row | {name: f"post-{at}-{name}" in sent for name in POST_TICKS})
    return rows


def loaded(form: Form, schema: Schema) -> dict[str, Any] | None:
    """Return what a form says, or None; then its errors tell what is wrong."""
    try:
        found: dict[str, Any] = schema.load(form.values)
    except ValidationError as error:
        for one in leaves(error.messages):
            form.errors.setdefault(one["pointer"].removeprefix("#/"), one["detail"])
        return None
    return found


def attempted(form: Form, work: Callable[[], Any]) -> Any:
    """Do what a form asks for; return None where it is refused, and say so at the field."""
    try:
        return work()
    except (Conflict, Invalid, NotFound, OtherCommunity) as refusal:
        told = from_refusal(refusal)
        words = f"{told.title}. {told.detail}" if told.detail else told.title
        at = next(
            (name for kind, name in PLACES.items() if isinstance(refusal, kind)), refusal.field
        )
        form.errors[RENAMED.get(at, at)] = words
        return None
