"""Who may ask for what: rights.txt, read once at the start and asked before every view.

A route that is not in it is refused to everybody. Views narrow by scope what this lets through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.people import Caller, Profile, Role

TABLE = Path(__file__).with_name("rights.txt")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
ANYBODY, SIGNED_IN, STAFF = "anybody", "signed-in", "staff"
VOLUNTEER, SERVING = "volunteer", "serving"
OFFICES = {role.name.lower(): role for role in Role}
WHO = (ANYBODY, SIGNED_IN, STAFF, VOLUNTEER, SERVING, *OFFICES, *Profile)
WHERE = ("programme", "unit", "team", "association", "shop", "shift", "own")
NOBODY: frozenset[str] = frozenset()


class RightsFault(Exception):
    """The table cannot be read: the process must not start with half of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One right: which request, whose, narrowed by what, and the heading that it stands under."""

    method: str
    endpoint: str
    who: tuple[str, ...]
    where: tuple[str, ...]
    heading: str

    @property
    def door(self) -> str:
        """Name the request as the table does."""
        return f"{self.method} {self.endpoint}"


def read(text: str) -> list[Line]:
    """Read the table. Raises RightsFault with the number of the first line that is wrong."""
    found: dict[str, Line] = {}
    for number, heading, said in written(text):
        line = read_line(said, heading, number)
        if found.setdefault(line.door, line) is not line:
            raise RightsFault(f"rights.txt:{number}: {line.door} stands there twice")
    return list(found.values())


def written(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each line that says something, with its number and the heading above it."""
    heading = ""
    for number, one in enumerate(text.splitlines(), 1):
        said = one.partition("#")[0].strip()
        if said.startswith("=="):
            heading = said.strip("= ")
        elif said:
            yield number, heading, said


def read_line(said: str, heading: str, number: int) -> Line:
    """Read one right. Raises RightsFault."""
    door, _, rest = said.partition(":")
    who, within, where = rest.partition(" within ")
    method, _, endpoint = door.partition(" ")
    line = Line(method, endpoint.strip(), tuple(who.split()), tuple(where.split()), heading)
    for fault in faults(line, narrowed=bool(within)):
        raise RightsFault(f"rights.txt:{number}: {fault}")
    return line


def faults(line: Line, *, narrowed: bool) -> Iterator[str]:
    """Say what is wrong with a line."""
    if line.method not in METHODS or not line.endpoint or " " in line.endpoint:
        yield "a line begins with a method and an endpoint: GET people.get_me: …"
    if not line.who:
        yield "it says of nobody that they may"
    if narrowed and not line.where:
        yield "it says within, and not within what"
    yield from (f"nobody is called {word}" for word in line.who if word not in WHO)
    yield from (f"nothing lies within {word}" for word in line.where if word not in WHERE)
    if len({*line.who, *line.where}) < len(line.who) + len(line.where):
        yield "a word stands there twice"


def doors(lines: list[Line]) -> Mapping[str, frozenset[str]]:
    """Return who may, by request. HEAD is a GET; OPTIONS is answered to whoever may anything."""
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        who = frozenset(str(OFFICES.get(word, word)) for word in line.who)
        found[line.door] = who
        if line.method == "GET":
            found[f"HEAD {line.endpoint}"] = who
        options = f"OPTIONS {line.endpoint}"
        found[options] = found.get(options, NOBODY) | who
    return found


LINES = read(TABLE.read_text("utf-8"))
DOORS = doors(LINES)


def allowed(method: str, endpoint: str) -> frozenset[str]:
    """Return who may ask for this: nobody, if it is not in the table."""
    return DOORS.get(f"{method} {endpoint}", NOBODY)


def may(caller: Caller, who: frozenset[str]) -> bool:
    """Tell whether a caller is one of these."""
    return not who.isdisjoint(parts(caller))


def parts(caller: Caller) -> set[str]:
    """Return everything that the table may call a caller. A tablet is nothing but its profile."""
    if caller.kind == "device":
        return {caller.profile or ""}
    found = {role for role, _ in caller.roles}
    found.add(ANYBODY)
    if caller.kind != "anonymous":
        found.add(SIGNED_IN)
    if caller.kind == "staff":
        found.add(STAFF)
    if caller.volunteer_id is not None:
        found.add(VOLUNTEER if caller.kind == "volunteer" else SERVING)
    return found
