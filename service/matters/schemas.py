"""Shapes of the matters' JSON, and of the forms."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service.i18n import N_
from service.matters.categories import HELP, categories
from service.matters.rules import RATING_BEST, RATING_WORST, State

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
CODE = validate.Regexp(r"^[!-~]{1,40}\Z")
PLACE_MAX = 120
WORDS_MAX = 1000
STATES = [state.value for state in State]


class Words(fields.String):
    """What somebody writes: without blanks at its ends and without characters nobody can see."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        found: str = super()._deserialize(value, attr, data, **more).strip()
        if any(ord(letter) < ord(" ") and letter not in "\r\n\t" for letter in found):
            raise ValidationError([N_("This text holds characters that cannot be shown.")])
        return found


def words(longest: int = WORDS_MAX, **told: Any) -> Words:
    """Describe a text of so many characters at most."""
    return Words(validate=validate.Length(max=longest), **told)


class RaiseSchema(Schema):
    """A matter: on a visit (`activity`), or at the desk."""

    activity = fields.String(validate=CODE)
    community = fields.String(validate=CODE)
    category = fields.String(required=True, validate=validate.OneOf(list(categories())))
    place = Words(required=True, validate=validate.Length(1, PLACE_MAX))
    text = Words(required=True, validate=validate.Length(1, WORDS_MAX))
    key = fields.String(required=True, validate=KEY)


class HelpSchema(Schema):
    """A call for help: everything but the key may be left out."""

    category = fields.String(load_default=HELP, validate=validate.OneOf(list(categories())))
    place = words(PLACE_MAX, load_default="")
    text = words(load_default="")
    key = fields.String(required=True, validate=KEY)


class StepSchema(Schema):
    """A step in words; for the answer they are what the resident reads."""

    words = words(load_default="")
    key = fields.String(required=True, validate=KEY)


class AssignSchema(StepSchema):
    """Who is to solve it: a team or a grid worker, one of both."""

    team = fields.String(validate=CODE)
    grid_worker = fields.String(validate=CODE)


class RatingSchema(StepSchema):
    """How the answer did: 3 it helped, 2 partly, 1 it did not."""

    rating = fields.Integer(required=True, validate=validate.Range(RATING_WORST, RATING_BEST))


class LeadSchema(Schema):
    """Who solves for a team."""

    community = fields.String(validate=CODE)
    team = fields.String(required=True, validate=CODE)
    volunteer = fields.String(required=True, validate=CODE)


class OwnAskSchema(Schema):
    """Which page; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    after = fields.String(validate=validate.Length(max=40), load_default="")


class AskSchema(OwnAskSchema):
    """Which page of which matters."""

    state = fields.String(validate=validate.OneOf(["open", *STATES]), load_default="open")


class WeekAskSchema(Schema):
    """Which week of which community; none is this week of the caller's own."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    week = fields.String(validate=validate.Regexp(r"^\d{4}-W\d{2}\Z"), load_default=None)
    community = fields.String(validate=CODE)


class ListedSchema(Schema):
    """A matter as a list shows it: where and what about, nobody's words."""

    number = fields.String()
    community = fields.String()
    kind = fields.String()
    category = fields.String()
    place = fields.String()
    state = fields.String()
    team = fields.String(allow_none=True)
    grid_worker = fields.String(allow_none=True)
    raised_at = fields.AwareDateTime()
    due_on = fields.Date()
    late = fields.Boolean()
    rating = fields.Integer(allow_none=True)


class ListSchema(Schema):
    """A page of matters; `next` is the `after` of the next page."""

    items = fields.List(fields.Nested(ListedSchema))
    next = fields.String(allow_none=True)


class StepShownSchema(Schema):
    """One step of the story."""

    arrow = fields.String()
    state = fields.String()
    at = fields.AwareDateTime()
    by = fields.String()
    words = fields.String()
    team = fields.String(allow_none=True)
    grid_worker = fields.String(allow_none=True)
    rating = fields.Integer(allow_none=True)
    photos = fields.List(fields.String())


class MatterSchema(ListedSchema):
    """A whole matter, for those who may read it; the story is the office's and the assignee's."""

    text = fields.String()
    answer = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    rating_text = fields.String(allow_none=True)
    link = fields.String(metadata={"description": "for the resident: read the answer, rate it"})
    may = fields.List(fields.String(), metadata={"description": "steps open to the caller"})
    story = fields.List(fields.Nested(StepShownSchema))


class ResidentSchema(Schema):
    """What the link tells: no place, no text, no names."""

    number = fields.String()
    category = fields.String()
    state = fields.String()
    raised_at = fields.AwareDateTime()
    due_on = fields.Date()
    late = fields.Boolean()
    answer = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    rating = fields.Integer(allow_none=True)
    may_rate = fields.Boolean()


class FiguresSchema(Schema):
    """A week's figures; null is too small a number to be told outside the office."""

    visits = fields.Integer()
    households = fields.Integer(allow_none=True)
    found = fields.Integer(allow_none=True)
    assigned = fields.Integer(allow_none=True)
    solved = fields.Integer(allow_none=True)
    answered = fields.Integer(allow_none=True)
    on_hand = fields.Integer(allow_none=True)
    solved_percent = fields.Integer(allow_none=True)
    median_days = fields.String(allow_none=True)
    ratings = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)


class TeamWeekSchema(FiguresSchema):
    """One team's line, with its rank when it had enough on hand."""

    team = fields.String()
    name = fields.String()
    rank = fields.Integer(allow_none=True)


class WeekSchema(Schema):
    """A community's week by team."""

    week = fields.String()
    first = fields.Date()
    last = fields.Date()
    teams = fields.List(fields.Nested(TeamWeekSchema))
    total = fields.Nested(FiguresSchema)
