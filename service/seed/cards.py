"""Booklets: a card for each printed one, blank where nobody has it yet; passes for bound phones."""

from collections.abc import Iterable
from pathlib import Path

from sqlmodel import Session

from service import cells, passes
from service.people import Channel
from service.seed.reading import Data
from service.seed.town import Loader, Town, unit_id

DIGITS_MIN = 4  # FM0001
COLUMNS = ("booklet", "url", "number", "pin")


def print_booklets(
    session: Session, town: Town, data: Data, loader: Loader
) -> list[passes.Printed]:
    """Draw a card for every booklet; return what must be printed now or never."""
    printed = []
    for code, community_id in booklets(town, data).items():
        owner = town.volunteers.get(code)
        booklet = passes.Booklet(code, community_id, owner.id if owner else None)
        pin = demo_pin(code) if loader.demo else None
        card, told = passes.draw_card(loader.keys, booklet, now=loader.now, pin=pin)
        session.add(card)
        printed.append(told)
    for owner in town.volunteers.values():
        if owner.channel == Channel.PHONE and owner.id is not None:
            session.add(passes.new_binding(owner.id, now=loader.now))
    session.flush()
    return printed


def booklets(town: Town, data: Data) -> dict[str, int]:
    """Return the booklets by code with their communities: the volunteers' own, then the ranges'."""
    found = {code: one.community_id for code, one in town.volunteers.items()}
    for row in data["booklets"]["ranges"]:
        width = digits(row["prefix"], row["to"], town.volunteers)
        for number in range(row["from_"], row["to"] + 1):
            code = f"{row['prefix']}{number:0{width}d}"
            found.setdefault(code, unit_id(town, row["community"]))
    return found


def digits(prefix: str, last: int, codes: Iterable[str]) -> int:
    """Return how many digits a range's numbers have: as many as its volunteers' codes show."""
    shown = [code.removeprefix(prefix) for code in codes if code.startswith(prefix)]
    return next((len(rest) for rest in shown if rest.isdigit()), max(DIGITS_MIN, len(str(last))))


def demo_pin(code: str) -> str:
    """Return the PIN of a practice booklet: the last four digits of its code."""
    return "".join(letter for letter in code if letter.isdigit())[-4:].rjust(4, "0")


def write_cards(path: Path, cards: Iterable[passes.Printed]) -> None:
    """Write the cards for the printer. The file holds secrets: only its owner may read it."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    with path.open("w", newline="", encoding="utf-8") as stream:
        lines = cells.Lines(stream)
        lines.write(COLUMNS)
        for card in cards:
            lines.write([getattr(card, name) for name in COLUMNS])
