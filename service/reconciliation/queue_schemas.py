"""Shapes of the queue of exceptions: what is asked, what people say, what is told."""

from datetime import date, datetime
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from service.i18n import N_
from service.reconciliation.ageing import Colour
from service.reconciliation.answer_models import Answer, Reason
from service.reconciliation.models import Difference, Kind
from service.reconciliation.queue import Asked, Reader
from service.reconciliation.schemas import (
    ANSWERS,
    CODE,
    PERSONAL,
    CommunitySchema,
    ExceptionSchema,
    describe,
)

STATES = ("waiting", "mine", "approval", "carried", "answered")
FEN = 10**12
NOTE = validate.Length(min=1, max=500)
KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}$")


class QueueAskSchema(CommunitySchema):
    """Which part of the queue is wanted; a filter that is empty does not narrow."""

    class Meta:
        """Unknown parameters of an address are left alone."""

        unknown = EXCLUDE

    state = fields.String(load_default="waiting", validate=validate.OneOf(STATES))
    kind = fields.String(load_default=None, validate=validate.OneOf(list(Kind)))
    shop = fields.String(load_default=None, validate=CODE)
    age = fields.Enum(Colour, by_value=True, load_default=None)
    after = fields.String(load_default=None, validate=validate.Length(max=80))

    @post_load
    def make(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Read the cursor by the order of the state."""
        after = given.pop("after")
        community = given.pop("community", None)
        place = read_cursor(after, given["state"]) if after else None
        return {"community": community, "asked": Asked(**given, after=place)}


def read_cursor(word: str, state: str) -> tuple[date | datetime, int]:
    """Read where the page before ended. Raises ValidationError."""
    moment, _, number = word.partition("~")
    try:
        kind = datetime if state == "answered" else date
        return kind.fromisoformat(moment.replace(" ", "+")), int(number)
    except ValueError as error:
        raise ValidationError([N_("Not a place in this list.")], "after") from error


class ReplySchema(Schema):
    """How an exception is answered, and why. `fen` is for an adjustment alone."""

    resolution = fields.String(required=True, validate=validate.OneOf(ANSWERS))
    note = fields.String(required=True, validate=NOTE)
    reason = fields.Enum(Reason, by_value=True, load_default=Reason.OTHER)
    key = fields.String(load_default=None, validate=KEY)
    fen = fields.Integer(strict=True, load_default=None, validate=validate.Range(min=-FEN, max=FEN))
    attachment = fields.String(load_default=None, validate=CODE)


class CarrySchema(Schema):
    """Until which day it is carried over, and why."""

    until = fields.Date(required=True)
    note = fields.String(required=True, validate=NOTE)
    reason = fields.Enum(Reason, by_value=True, load_default=Reason.OTHER)
    key = fields.String(load_default=None, validate=KEY)
    attachment = fields.String(load_default=None, validate=CODE)


class AssignSchema(Schema):
    """Who looks after it (a sign-in name, or nobody), and who did as far as the caller knows."""

    to = fields.String(required=True, allow_none=True, validate=CODE)
    was = fields.String(load_default=None, allow_none=True, validate=CODE)


class DecideSchema(Schema):
    """The second person's word on one answer."""

    answer = fields.Integer(strict=True, load_default=None, validate=validate.Range(min=1))
    approve = fields.Boolean(required=True)

    @validates_schema
    def refuse_null(self, given: dict[str, Any], **_: Any) -> None:
        """Yes or no, nothing between."""
        if given.get("approve") is None:
            raise ValidationError("Missing data for required field.", "approve")


class AnswerSchema(Schema):
    """One answer that was given."""

    answer = fields.Integer(attribute="nth")
    resolution = fields.String()
    reason = fields.String()
    note = fields.String()
    fen = fields.Integer(allow_none=True)
    until = fields.Date(attribute="carried_until", allow_none=True)
    status = fields.String()
    proposed_by = fields.String()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    transfer = fields.Integer(attribute="transfer_id", allow_none=True)
    attachment = fields.String(allow_none=True)


class QueuedSchema(ExceptionSchema):
    """An exception as the queue tells it: its age, its yuan, who looks after it."""

    age = fields.Integer()
    colour = fields.String()
    aged_from = fields.Date()
    amount_fen = fields.Integer(allow_none=True)
    suspended_fen = fields.Integer()
    assigned_to = fields.String(allow_none=True)
    batch = fields.Integer(attribute="batch_id", allow_none=True)
    detail = fields.Dict()
    answers = fields.List(fields.Nested(AnswerSchema))


class QueueSchema(Schema):
    """A page of the queue; `next` is the `after` of the next one."""

    items = fields.List(fields.Nested(QueuedSchema))
    next = fields.String(allow_none=True)


class CountedSchema(Schema):
    """How many of one class wait, by the colour of their age."""

    kind = fields.String()
    fresh = fields.Integer()
    yellow = fields.Integer()
    red = fields.Integer()
    total = fields.Integer()
    fen = fields.Integer()


class CountsSchema(Schema):
    """What waits, class by class."""

    items = fields.List(fields.Nested(CountedSchema))


class KeptFileSchema(Schema):
    """The code under which an answer names its picture."""

    attachment = fields.String()


def tell(row: Difference, who: Reader) -> dict[str, Any]:
    """Flatten an exception with its age; the association is not told of persons."""
    hidden = PERSONAL if who.seen.shops_only else ()
    said = describe(row, shops_only=who.seen.shops_only)
    names = ("amount_fen", "suspended_fen", "assigned_to", "batch_id", "aged_from")
    said |= {name: getattr(row, name) for name in names}
    said["detail"] = {name: value for name, value in row.detail.items() if name not in hidden}
    return said | {"age": who.age(row), "colour": who.colour(row)}


def tell_answer(one: Answer, codes: dict[int, str]) -> dict[str, Any]:
    """Flatten an answer with the code of its picture."""
    return {**one.model_dump(), "attachment": codes.get(one.file_id or 0)}
