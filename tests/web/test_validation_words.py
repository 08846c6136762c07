"""marshmallow's sentences in our readers' languages: found again, values and all."""

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from service.locale.validation import MESSAGES, template


class Form(Schema):
    """One field for each way to be wrong that our schemas use."""

    day = fields.Date()
    moment = fields.AwareDateTime()
    bill = fields.Integer(strict=True, validate=validate.Range(min=1, max=100))
    bits = fields.Integer(validate=validate.Range(min=0))
    name = fields.String(validate=validate.Length(min=1, max=3))
    tail = fields.String(validate=validate.Length(equal=3))
    code = fields.String(validate=validate.Regexp("a+"))
    step = fields.String(validate=validate.OneOf(["in", "out"]))
    flag = fields.Boolean()
    rows = fields.List(fields.String())
    more = fields.Nested(Schema)
    must = fields.String(required=True)


WRONG = [
    {"day": "tomorrow"},
    {"moment": "noon"},
    {"moment": "2025-10-18T12:00:00"},
    {"bill": 0},
    {"bill": 1.5},
    {"bill": 101},
    {"bits": -1},
    {"name": ""},
    {"name": "abcd"},
    {"tail": "ab"},
    {"code": "b"},
    {"step": "sideways"},
    {"flag": "perhaps"},
    {"rows": "abc"},
    {"more": 7},
    {"must": None},
    {"must": 7},
    {"unheard": 1},
    {},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_every_way_to_be_wrong_has_its_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        Form().load({"must": "x"} | wrong if wrong else {})
    for said in refused.value.messages.values():
        for message in said if isinstance(said, list) else said["_schema"]:
            words, values = template(message)
            assert words in MESSAGES, message
            assert words.format(**values) == message


def test_values_are_taken_out() -> None:
    found = template("Longer than maximum length 80.")
    assert found == ("Longer than maximum length {max}.", {"max": "80"})


def test_an_unknown_sentence_comes_back_as_it_is() -> None:
    assert template("Something of our own.") == ("Something of our own.", {})
