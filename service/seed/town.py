"""The place that a data set becomes: its programme, its rules and its tree of units."""

from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from service import people, programmes
from service.clock import SHANGHAI
from service.passes import Keyring
from service.people import UnitKind
from service.seed.reading import Data

ACTOR = "system"


@dataclass(frozen=True, slots=True)
class Loader:
    """How a data set is to be loaded."""

    keys: Keyring
    now: datetime
    demo: bool = False  # known passwords and PINs, for practice


@dataclass(slots=True)
class Town:
    """What was loaded so far, by the codes of the file."""

    programme_id: int
    opened_at: datetime  # the first moment of the rule set's first day
    units: dict[str, people.Unit] = field(default_factory=dict)
    teams: dict[tuple[str, str], int] = field(default_factory=dict)
    volunteers: dict[str, people.Volunteer] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)  # volunteer → community
    first: str = ""  # the community of what states none


def unit_id(town: Town, code: str | None) -> int:
    """Return a community's id; the first one's for what states none."""
    found = town.units[code or town.first].id
    assert found is not None
    return found


def open_town(session: Session, data: Data) -> Town:
    """Open the programme with its rules, and the tree of units."""
    org, rules = data["org"], data["rules"]
    low = org["subdistrict"]
    programme = programmes.open_programme(session, code=low["id"], name=low["name"])
    assert programme.id is not None
    programmes.adopt(
        session,
        programme_id=programme.id,
        code=rules["id"],
        figures=data["figures"],
        effective_from=rules["effective_from"],
        effective_to=rules["effective_to"],
    )
    opened_at = datetime.combine(rules["effective_from"], time(), ZoneInfo(SHANGHAI))
    town = Town(programme.id, opened_at, first=org["communities"][0]["id"])
    found_units(session, town, org)
    return town


def found_units(session: Session, town: Town, org: Data) -> None:
    """Found the district, the sub-district and its communities."""
    district, low, own = org["district"], org["subdistrict"], {"programme_id": town.programme_id}
    above = people.found_unit(
        session, kind=UnitKind.DISTRICT, code=district["code"], name=district["name"]
    ) if district else None  # fmt: skip
    parent = people.found_unit(
        session,
        kind=UnitKind.SUBDISTRICT,
        code=low["id"],
        name=low["name"],
        parent_id=above.id if above else None,
        **own,
    )
    for row in org["communities"]:
        unit = people.found_unit(
            session,
            kind=UnitKind.COMMUNITY,
            code=row["id"],
            name=row["name"],
            parent_id=parent.id,
            **own,
        )
        unit.record_unit, unit.practice_station = row["record_unit"], row["practice_station"]
        town.units[row["id"]] = unit
