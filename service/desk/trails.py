"""The trail as people search it: by who, about what, which act, which day, which tablet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.clock import SHANGHAI
from service.db import Database
from service.people import Caller, Role
from service.reports import Scope

PAGE = 50
FILE_ROWS_MAX = 20_000
READERS = (Role.SECRETARY, Role.APPROVER, Role.AUDITOR)
ACTORS = ("staff", "volunteer", "device", "clerk")
SUBJECTS = (
    "award", "activity", "volunteer", "shop", "redemption", "exception", "device", "case",
    "finding", "objection", "notice", "series", "statement", "certificate", "star", "honour",
    "training", "shop-file", "paper-line", "call",
)  # fmt: skip
KINDS = ("phone", "desk")  # of a browser; service.web.devices says both
FAMILIES = (
    "wechat", "alipay", "huawei", "xiaomi", "qq", "uc", "edge", "firefox", "chrome", "safari",
)  # fmt: skip
ALSO = {"手机": "phone", "电脑": "desk", "computer": "desk", "微信": "wechat"}
UNITS = "SELECT id FROM people_units WHERE code = ANY (%(codes)s)"
COLUMNS = "r.id, r.at, r.actor, r.action, r.subject, r.device, r.detail"
HEAD = f"SELECT {COLUMNS} FROM trail_records r WHERE "
TAIL = " ORDER BY r.at DESC, r.id DESC LIMIT %(limit)s"
# Only what is asked for is a condition, so that each way of asking has its index.
CONDITIONS = {
    "units": "r.unit_id = ANY (%(units)s)",
    "who": "r.actor = ANY (%(who)s)",
    "about": "r.subject = ANY (%(about)s)",
    "action": "r.action = %(action)s",
    "device": "(r.device = ANY (%(device)s) OR r.actor = ANY (%(device)s)"
    " OR r.subject = ANY (%(device)s))",
    "first": "r.at >= %(first)s",
    "last": "r.at < %(last)s",
    "before": "(r.at, r.id) < (%(before)s, %(before_id)s)",
}
ACTIONS = """WITH RECURSIVE named AS (
  (SELECT action FROM trail_records ORDER BY action LIMIT 1)
  UNION ALL
  SELECT (SELECT r.action FROM trail_records r WHERE r.action > n.action ORDER BY r.action LIMIT 1)
  FROM named n WHERE n.action IS NOT NULL)
SELECT action FROM named WHERE action IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the trail; what is empty is not asked."""

    who: str = ""
    about: str = ""
    action: str = ""
    device: str = ""
    first: date | None = None
    last: date | None = None


def units_of(database: Database, caller: Caller, scope: Scope) -> list[int]:
    """Return the places whose trail a caller reads: the communities and their sub-district."""
    codes = list(caller.scopes(*READERS))
    own = [row["id"] for row in database.rows(UNITS, {"codes": codes})]
    return sorted({*own, *scope.community_ids}) if codes else []


def records(
    database: Database,
    units: list[int],
    wanted: Wanted,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> list[dict[str, Any]]:
    """Return a page of the trail, newest first, one row more than it holds."""
    params: dict[str, Any] = {"units": units, **asked(wanted)}
    if before is not None:
        params |= {"before": before[0], "before_id": before[1]}
    where = " AND ".join(sql for name, sql in CONDITIONS.items() if name in params)
    return database.rows(HEAD + where + TAIL, {**params, "limit": limit + 1})


def every_record(database: Database, units: list[int], wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Read the trail page by page, for a file; at most `FILE_ROWS_MAX` rows."""
    before, done, size = None, 0, 1000
    while done < FILE_ROWS_MAX:
        found = records(database, units, wanted, before=before, limit=size)
        yield from found[:size]
        done += size
        if len(found) <= size:
            return
        before = (found[size - 1]["at"], found[size - 1]["id"])


def asked(wanted: Wanted) -> dict[str, Any]:
    """Return the parameters of what is asked for, and nothing for what is not."""
    found = {
        "who": spelled(wanted.who, ACTORS),
        "about": spelled(wanted.about, SUBJECTS),
        "action": wanted.action,
        "device": devices(wanted.device),
        "first": midnight(wanted.first) if wanted.first else None,
        "last": midnight(wanted.last + timedelta(days=1)) if wanted.last else None,
    }
    return {name: value for name, value in found.items() if value}


def spelled(text: str, kinds: tuple[str, ...]) -> list[str]:
    """Return how the books may write somebody or something of whom the reader knows the code."""
    if not text or ":" in text:
        return [text] if text else []
    return [text, *(f"{kind}:{each}" for kind in kinds for each in {text, text.upper()})]


def devices(text: str) -> list[str]:
    """Return the devices that a word may mean: a tablet's number, a browser, any phone."""
    word = ALSO.get(text.strip().lower(), text.strip().lower())
    if not word or ":" in word:
        return [word] if word else []
    kinds = [f"{word} {kind}" for kind in KINDS]
    return [word, f"device:{word}", *kinds, *(f"{family} {word}" for family in FAMILIES)]


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, ZoneInfo(SHANGHAI))


def actions(database: Database) -> list[str]:
    """Return every act that the trail knows, jumping along its index."""
    return [row["action"] for row in database.rows(ACTIONS)]
