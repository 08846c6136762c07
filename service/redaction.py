"""What a log may say of people: nothing that identifies or opens anything, in any process.

Every record is cleaned as it is made, whichever logger says it and whoever writes it down; so are
the tracebacks of what nobody caught. The rules are shapes, because a log line no longer knows what
it quotes: our codes and tokens, cookies, values of queries, what stands after a telling word, phone
and identity numbers, rows that the database quotes. Our own sentences are English, so Chinese
characters in a line come from data, and are a name more often than not.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any

HIDDEN = "[hidden]"
TELLING = (
    r"pass(?:word|wd)|pin|otp|totp|token|secret(?:_key)?|csrf_token|cookie|authorization|ticket"
    r"|name|full_name|phone|contact|guardian|id_number|email|signature|aixin_\w+"
)
# In this order: what is quoted whole goes first, so that no half of it is left.
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), with_)
    for pattern, with_ in (
        # The database quotes the row that it would not take, and SQLAlchemy its parameters.
        (r"(DETAIL:|CONTEXT:|\[parameters:|\[SQL:).*", rf"\1 {HIDDEN}"),
        (r"\b((?:set-)?cookie|authorization|x-csrf-token)(['\"]?\s*[:=]\s*).*", rf"\1\2{HIDDEN}"),
        (r"\bbearer\s+\S+", f"bearer {HIDDEN}"),
        (r"(://[^/\s:@]*:)[^@\s]+@", rf"\1{HIDDEN}@"),  # a password in an address
        (r"(/(?:c|p|s|r|d|b|v|a|q|t)/)[^\s/?\"'#<>]+", rf"\1{HIDDEN}"),
        (r"(/calendar/mine/)[^\s?\"']+", rf"\1{HIDDEN}"),
        (r"(\?[\w.%-]+=)[^\s\"'<>]*", rf"\1{HIDDEN}"),  # a query, from its first value on
        (
            rf"(['\"]?\b(?:{TELLING})\b['\"]?\s*[:=]\s*)('[^']*'|\"[^\"]*\"|[^\s,;)}}\]]+)",
            rf"\1{HIDDEN}",
        ),
        (r"(['\"]?\bcode\b['\"]?\s*[:=]\s*['\"]?)[\w.$~*=-]{4,}", rf"\1{HIDDEN}"),
        (r"\b(pin)\s+\d{4}\b", rf"\1 {HIDDEN}"),
        (r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", HIDDEN),
        (r"(?<!\d)\d{17}[\dX](?!\d)", HIDDEN),  # an identity number
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", HIDDEN),
        (r"[\u3400-\u9fff\uf900-\ufaff·]*[\u3400-\u9fff\uf900-\ufaff]+", HIDDEN),
    )
)
# Which letters are large tells a random token from a word; so these two look at them.
TOKEN = re.compile(r"(?<![\w-])(?:d\.)?(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}")
CARD = re.compile(r"(?<![\w-])(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{13}[0-9a-hjkmnp-tv-z*~$=u](?![\w-])")
NUMBER = re.compile(
    r"(?<![\w.-])(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))\d{4}[ -]?\d{4}(?![\w.-])"
)


def redact(text: str) -> str:
    """Return a text without what opens or identifies; the rest of it is still of use."""
    for pattern, with_ in RULES:
        text = pattern.sub(with_, text)
    for shape in (TOKEN, CARD, NUMBER):
        text = shape.sub(HIDDEN, text)
    return text


@cache
def install() -> None:
    """Clean every record and every last traceback of this process; once is enough."""
    logging.setLogRecordFactory(cleaned(logging.getLogRecordFactory()))
    sys.excepthook = report
    threading.excepthook = lambda told: report(told.exc_type, told.exc_value, told.exc_traceback)


def cleaned(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    """Return a maker of records that say nothing they should not."""

    def record(*given: Any, **named: Any) -> logging.LogRecord:
        made = make(*given, **named)
        try:
            said = made.getMessage()
        except (TypeError, ValueError, KeyError):  # its words do not fit its values
            said = str(made.msg)
        made.msg, made.args = redact(said), ()
        if made.exc_info and made.exc_info[0] is not None:
            made.exc_text = redact("".join(traceback.format_exception(*made.exc_info)).rstrip())
            made.exc_info = None
        return made

    return record


def report(
    kind: type[BaseException] | None,
    error: BaseException | None,
    where: TracebackType | None,
) -> None:
    """Print what nobody caught, as Python would, without what it quotes."""
    if kind is not None and issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), where)
    elif kind is not None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, where))))
