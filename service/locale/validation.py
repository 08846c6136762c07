"""What marshmallow says about a wrong field, so that it too can be said in every language.

marshmallow fills in its values before anybody can translate; `template` takes them out again.
"""

import re
from functools import cache

from service.i18n import N_

MESSAGES = (
    N_("Field may not be null."),
    N_("Invalid input type."),
    N_("Invalid type."),
    N_("Invalid value."),
    N_("Missing data for required field."),
    N_("Must be one of: {choices}."),
    N_("Must be greater than or equal to {min}."),
    N_("Must be greater than {min}."),
    N_("Must be less than or equal to {max}."),
    N_("Must be greater than or equal to {min} and less than or equal to {max}."),
    N_("Not a valid boolean."),
    N_("Not a valid date."),
    N_("Not a valid datetime."),
    N_("Not a valid email address."),
    N_("Not a valid aware datetime."),
    N_("Not a valid integer."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Not a valid string."),
    N_("Not a valid time."),
    N_("Not a valid UUID."),
    N_("Number too large."),
    N_("Length must be {equal}."),
    N_("Length must be between {min} and {max}."),
    N_("Longer than maximum length {max}."),
    N_("Shorter than minimum length {min}."),
    N_("String does not match expected pattern."),
    N_("Unknown field."),
)


def template(message: str) -> tuple[str, dict[str, str]]:
    """Return the message without its values, and the values; an unknown one comes back as it is."""
    for each in MESSAGES:
        if found := _pattern(each).fullmatch(message):
            return each, found.groupdict()
    return message, {}


@cache
def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^{}]+?)", re.escape(message)), re.DOTALL)
