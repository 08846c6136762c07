"""What every part of a data set has in common: strict values, descriptions left alone."""

from datetime import date
from difflib import get_close_matches
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from service.i18n import N_
from service.seed.faults import Fault

ALIKE = 0.8  # how near an unknown key must come to a known one to be taken for a slip
CODE = validate.Regexp(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")
NAME = validate.Length(1, 200)
DAYS = validate.Range(min=date(1900, 1, 1), max=date(2999, 12, 31))
WHOLE_MAX = 2 * 10**9  # what the database's integers hold


class Whole(fields.Integer):
    """A whole number: no text, no fraction, no true or false."""

    def __init__(self, low: int | None = 0, high: int = WHOLE_MAX, **kwargs: Any) -> None:
        bounds = validate.Range(min=low, max=high)
        super().__init__(strict=True, validate=bounds, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool | str):
            raise self.make_error("invalid")
        return super()._deserialize(value, *args, **kwargs)


class TimeOfDay(fields.Time):
    """A time of day, 8:00 or 08:00; 24:00 is the next day's first moment."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize("00:00" if value == "24:00" else value, *args, **kwargs)


class Described(Schema):
    """A part that may carry keys of its own, as long as none looks like one of ours misspelt."""

    class Meta:
        """Leave what is only described alone."""

        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def find_slips(self, _data: Any, original: Any, **_: Any) -> None:
        """Refuse an unknown key that is nearly a known one: it was meant to count."""
        known = {field.data_key or name for name, field in self.fields.items()}
        slips = {}
        for key in original if isinstance(original, dict) else ():
            absent = known - original.keys()
            if key not in known and (near := get_close_matches(key, absent, 1, ALIKE)):
                slips[key] = [Fault("", N_("Unknown key; did you mean {near}?"), {"near": near[0]})]
        if slips:
            raise ValidationError(slips)


def identifier(**kwargs: Any) -> fields.String:
    """Return a field for an id: letters, digits, - and _."""
    return fields.String(required=True, validate=CODE, **kwargs)


def reference(**kwargs: Any) -> fields.String:
    """Return a field for an id that another part defines; it may be absent or null."""
    return fields.String(validate=CODE, allow_none=True, load_default=None, **kwargs)


def label(**kwargs: Any) -> fields.String:
    """Return a field for a name that people read."""
    return fields.String(required=True, validate=NAME, **kwargs)


def said(**kwargs: Any) -> fields.String:
    """Return a field for a text that may be absent or null."""
    return fields.String(
        validate=validate.Length(max=400), allow_none=True, load_default=None, **kwargs
    )
