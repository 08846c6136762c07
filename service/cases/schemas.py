"""Shapes of cases and objections: what is sent and what is told."""

from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from service.cases.models import Case, Objection, Outcome
from service.cases.queries import Listed, Part, Story
from service.i18n import N_

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}$")
CODE = validate.Regexp(r"^[A-Za-z0-9._-]{1,40}$")
WORDS = validate.Length(min=1, max=1000)
TITLE = validate.Length(min=1, max=200)
MANY = validate.Length(max=100)
NUMBER = validate.Range(min=1, max=2**62)


class ListAskSchema(Schema):
    """Which part of a list is wanted."""

    class Meta:
        """Unknown parameters of an address are left alone."""

        unknown = EXCLUDE

    answered = fields.Boolean(load_default=False)
    mine = fields.Boolean(load_default=False)
    before = fields.Integer(load_default=None, validate=NUMBER)
    after = fields.String(load_default=None, validate=validate.Length(max=40))

    @post_load
    def read_cursor(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Read where the page before ended: a day and a number."""
        if given["after"] is None:
            return given
        day, _sign, number = given["after"].partition("~")
        try:
            return {**given, "after": (date.fromisoformat(day), int(number))}
        except ValueError as error:
            raise ValidationError([N_("Not a place in this list.")], "after") from error


class OpenSchema(Schema):
    """What a case is opened with; `community` may be left out by who has one office."""

    key = fields.String(load_default=None, validate=KEY)
    title = fields.String(required=True, validate=TITLE)
    community = fields.String(load_default=None, validate=CODE)
    volunteer = fields.String(load_default=None, allow_none=True, validate=CODE)
    findings = fields.List(fields.Integer(strict=True, validate=NUMBER), load_default=list,
                           validate=MANY)  # fmt: skip
    exceptions = fields.List(fields.Integer(strict=True, validate=NUMBER), load_default=list,
                             validate=MANY)  # fmt: skip
    awards = fields.List(fields.String(validate=KEY), load_default=list, validate=MANY)
    sales = fields.List(fields.String(validate=KEY), load_default=list, validate=MANY)
    note = fields.String(load_default="", validate=validate.Length(max=1000))


class EvidenceSentSchema(Schema):
    """One thing more that a case rests on."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["award", "sale", "finding", "exception", "attendance", "note"]),
    )
    ref = fields.String(required=True, validate=KEY)
    note = fields.String(load_default="", validate=validate.Length(max=1000))


class AssignSchema(Schema):
    """Who looks after a case (a sign-in name, or nobody), and who did as the caller knows."""

    to = fields.String(required=True, allow_none=True, validate=CODE)
    was = fields.String(load_default=None, allow_none=True, validate=CODE)


class NoLeadingSchema(Schema):
    """Who shall not lead, and until which day, that day included."""

    volunteer = fields.String(required=True, validate=CODE)
    until = fields.Date(required=True)


class ProposeSchema(Schema):
    """What shall be done together, and why; the volunteers read it."""

    key = fields.String(load_default=None, validate=KEY)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    awards = fields.List(fields.String(validate=KEY), load_default=list, validate=MANY)
    sales = fields.List(fields.String(validate=KEY), load_default=list, validate=MANY)
    suspension = fields.Nested(NoLeadingSchema, load_default=None, allow_none=True)


class VerdictSchema(Schema):
    """Yes, or no with a reason."""

    accept = fields.Boolean(load_default=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class SuspendSchema(Schema):
    """Whose right is taken away, and until which day, that day included."""

    volunteer = fields.String(required=True, validate=CODE)
    right = fields.String(load_default="manual_award", validate=validate.Equal("manual_award"))
    until = fields.Date(required=True)


class SolveSchema(Schema):
    """What came out, in a word and in words."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    words = fields.String(required=True, validate=WORDS)


class AnswerSentSchema(Schema):
    """The answer; whom the case is about reads it."""

    words = fields.String(required=True, validate=WORDS)


class ObjectSchema(Schema):
    """What a volunteer objects to, and why."""

    key = fields.String(load_default=None, validate=KEY)
    kind = fields.String(
        required=True, validate=validate.OneOf(["award", "notice", "star", "exception"])
    )
    ref = fields.String(required=True, validate=validate.Length(min=1, max=80))
    notice = fields.String(load_default=None, validate=validate.Length(max=80))
    text = fields.String(required=True, validate=WORDS)


class PaperObjectSchema(ObjectSchema):
    """An objection on paper, typed in for a volunteer."""

    volunteer = fields.String(required=True, validate=CODE)


class ReplySchema(Schema):
    """Whether an objection is right, and the written answer."""

    upheld = fields.Boolean(required=True)
    words = fields.String(required=True, validate=WORDS)


class ObjectionSchema(Schema):
    """An objection and its answer."""

    id = fields.Integer()
    objection = fields.String()
    volunteer = fields.String()
    kind = fields.String()
    about = fields.String()
    text = fields.String()
    status = fields.String()
    filed_at = fields.AwareDateTime()
    due_on = fields.Date()
    answer = fields.String(allow_none=True)
    answered_by = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    case = fields.Integer(allow_none=True)


class ObjectionsSchema(Schema):
    """A page of objections."""

    items = fields.List(fields.Nested(ObjectionSchema))
    next = fields.String(allow_none=True)


class PartSchema(Schema):
    """One award or sale of a proposal; `points` are what its wallet loses."""

    award = fields.String(allow_none=True)
    sale = fields.String(allow_none=True)
    volunteer = fields.String(allow_none=True)
    points = fields.Integer()
    service_minutes = fields.Integer()
    transfer = fields.Integer(allow_none=True)


class ProposalSchema(Schema):
    """A proposal to take several awards and sales back, or leading away; and its decision."""

    nth = fields.Integer()
    status = fields.String()
    reason = fields.String()
    points = fields.Integer()
    proposed_by = fields.String()
    decided_by = fields.String(allow_none=True)
    refusal = fields.String(allow_none=True)
    parts = fields.List(fields.Nested(PartSchema))
    suspension = fields.Nested(NoLeadingSchema, allow_none=True)


class EvidenceSchema(Schema):
    """One thing that a case rests on."""

    kind = fields.String()
    ref = fields.String()
    note = fields.String()
    picture = fields.Boolean()
    added_by = fields.String()
    added_at = fields.AwareDateTime()


class CaseSchema(Schema):
    """A case as a list tells it."""

    id = fields.Integer()
    case = fields.String()
    year = fields.Integer()
    status = fields.String()
    origin = fields.String()
    title = fields.String()
    volunteer = fields.String(allow_none=True)
    opened_by = fields.String()
    opened_at = fields.AwareDateTime()
    assigned_to = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    solution = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    replayed = fields.Boolean()


class WholeCaseSchema(CaseSchema):
    """A case with its evidence and its proposals."""

    evidence = fields.List(fields.Nested(EvidenceSchema))
    proposals = fields.List(fields.Nested(ProposalSchema))


class CasesSchema(Schema):
    """A page of cases, the newest first."""

    items = fields.List(fields.Nested(CaseSchema))
    next = fields.Integer(allow_none=True)


class SuspendedSchema(Schema):
    """A right that was taken away for a while."""

    volunteer = fields.String()
    right = fields.String()
    held = fields.Boolean()
    until = fields.Date()


CASE_FIELDS = (
    "id", "year", "status", "origin", "title", "opened_by", "opened_at", "assigned_to", "outcome",
    "solution", "answer",
)  # fmt: skip
OBJECTION_FIELDS = (
    "id", "text", "status", "filed_at", "due_on", "answer", "answered_by", "answered_at",
)  # fmt: skip


def tell_case(found: Listed, *, replayed: bool = False) -> dict[str, Any]:
    """Flatten a case; staff see whom it is about by the booklet's number."""
    row: Case = found.row
    said = {name: getattr(row, name) for name in CASE_FIELDS}
    about = found.volunteer.code if found.volunteer else None
    return said | {"case": row.code, "volunteer": about, "replayed": replayed}


def tell_story(found: Listed, told: Story) -> dict[str, Any]:
    """Flatten a case with everything that stands of it."""
    evidence = [
        one.model_dump(include={"kind", "ref", "note", "added_by", "added_at"})
        | {"picture": one.file_id is not None}
        for one in told.evidence
    ]
    proposals = [
        one.model_dump(include={"nth", "reason", "proposed_by", "decided_by", "refusal"})
        | {
            "status": one.decision or "proposed",
            "points": -sum(part.item.points for part in told.parts.get(one.nth, ())),
            "parts": [tell_part(part) for part in told.parts.get(one.nth, ())],
            "suspension": {"volunteer": told.suspends[one.nth], "until": one.suspends_until}
            if one.nth in told.suspends
            else None,
        }
        for one in told.proposals
    ]
    return tell_case(found) | {"evidence": evidence, "proposals": proposals}


def tell_part(part: Part) -> dict[str, Any]:
    """Flatten one award or sale of a proposal."""
    return {
        "award": part.award.key if part.award else None,
        "sale": part.sale.key if part.sale else None,
        "volunteer": part.volunteer.code if part.volunteer else None,
        "points": part.item.points,
        "service_minutes": part.item.minutes,
        "transfer": part.item.transfer_id,
    }


def tell_objection(row: Objection, volunteer: str) -> dict[str, Any]:
    """Flatten an objection."""
    said = {name: getattr(row, name) for name in OBJECTION_FIELDS}
    about = {"kind": row.about_kind, "about": row.about_ref, "case": row.case_id}
    return said | about | {"objection": row.code, "volunteer": volunteer}
