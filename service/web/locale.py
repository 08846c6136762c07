"""Which language this request speaks, and how it says numbers and days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, g, request

from service import i18n
from service.clock import SHANGHAI
from service.web import settings

HTML_LANG = {"zh_Hans": "zh-Hans", "en": "en"}
MINUS = "\N{MINUS SIGN}"


def install(app: Flask) -> None:
    """Give the templates their words, numbers and days."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(locale=lambda: HTML_LANG[locale()])
    app.jinja_env.filters.update(
        points=points, yuan=yuan, hours=hours, clock=clock, day=day, moment=moment
    )


def locale() -> str:
    """Choose once per request: ?lang= wins, then the cookie, then Accept-Language."""
    if "locale" not in g:
        asked = [request.args.get("lang", ""), request.cookies.get("lang", "")]
        asked += request.accept_languages.values()
        g.locale = i18n.choose(asked, default=settings().locale)
    chosen: str = g.locale
    return chosen


def gettext(message: str) -> str:
    """Translate one message for this request."""
    return i18n.catalog(locale()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a message that counts something."""
    return i18n.catalog(locale()).ngettext(singular, plural, n)


def points(value: int) -> str:
    """Write a whole number with thousands commas and a real minus sign."""
    return f"{value:,}".replace("-", MINUS)


def yuan(fen: int) -> str:
    """Write an amount of fen as yuan with two places."""
    sign, whole = (MINUS if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"


def hours(minutes: int) -> str:
    """Write minutes as hours with one place; the steps of a rule set are whole half hours."""
    return i18n.hours_of(minutes)


def clock(moment: datetime) -> str:
    """Write the time of day in Shanghai, as people say it: 8:12."""
    return i18n.time_of_day(moment)


def day(value: date | datetime) -> str:
    """Write a day with its weekday in the reader's language."""
    return i18n.day_in(locale(), value)


def moment(value: datetime) -> str:
    """Write a moment with its date and time in Shanghai: 2025-10-18 8:12."""
    return f"{value.astimezone(ZoneInfo(SHANGHAI)):%Y-%m-%d} {clock(value)}"
