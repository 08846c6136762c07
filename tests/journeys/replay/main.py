"""The command: read both files, find or start a service, play, and say how it went."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.replay.actors import Actors, Card, read_cards
from tests.journeys.replay.client import Client, Failed
from tests.journeys.replay.player import Player, Stopped
from tests.journeys.replay.scenario import Data, Scenario
from tests.journeys.replay.world import World

DESCRIPTION = "Play a scenario over HTTP and compare everything that it states."
EQUAL, DIFFERENT, UNUSABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Service:
    """Where to play, and the cards that seeding printed, if we have them."""

    url: str
    cards: dict[str, Card]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when all was equal, 1 at the first difference, 2 if unplayable."""
    asked = arguments(words)
    try:
        scenario, data = Scenario(asked.scenario), Data(asked.data)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read the files: {error!r}")
        return UNUSABLE
    every = {step.n for step in scenario.steps}
    unwanted = numbers(asked.skip) | (every - numbers(asked.only) if asked.only else set())
    try:
        with service(asked.url, asked.data, asked.cards) as found:
            return play(found, scenario, data, unwanted)
    except RuntimeError as error:  # a server or a command of ours that did not start
        print(f"no service to play on: {error}")
        return UNUSABLE


def play(found: Service, scenario: Scenario, data: Data, unwanted: set[int]) -> int:
    """Play on a running service and print the result."""
    began = time.monotonic()
    with closing(Client(found.url)) as client:
        world = World(client, data, scenario, Actors(client, data, found.cards))
        player = Player(world, unwanted)
        try:
            player.play()
        except (Stopped, Failed) as error:
            print(f"\nDIFFERENT at {error}")
            return DIFFERENT
    skipped = f"; skipped: {', '.join(map(str, player.skipped))}" if player.skipped else ""
    seconds = time.monotonic() - began
    print(f"\nEQUAL: {player.played} steps{skipped} ({client.requests} requests, {seconds:.1f} s)")
    return EQUAL


@contextmanager
def service(url: str | None, data: Path, cards: Path | None) -> Iterator[Service]:
    """Use the service at `url`, or start one of our own with an empty database and this data."""
    if url is not None:
        yield Service(url, read_cards(cards) if cards else {})
        return
    from tests.live import running

    print("starting a service of our own …", flush=True)
    with running(data) as site:
        print(f"it runs at {site.url}", flush=True)
        yield Service(site.url, dict(site.cards))
        print(f"{look_at_events(site.settings.database_url)} events, all as the catalogue says")


def look_at_events(url: str) -> int:
    """Hold what a service of our own has told against the catalogue; return how many there were.

    Raises RuntimeError that names what is not as described.
    """
    from service.db import Database
    from service.outbox import faults

    with closing(Database(url)) as database:
        rows = database.rows("SELECT type, payload FROM outbox_events")
    strange = {(row["type"], *faults(row["type"], row["payload"])) for row in rows}
    strange = {one for one in strange if len(one) > 1}
    if strange:
        raise RuntimeError(f"events that are not as the catalogue says: {sorted(strange)}")
    return len(rows)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.journeys.replay", description=DESCRIPTION
    )
    parser.add_argument("scenario", type=Path, metavar="SCENARIO")
    parser.add_argument(
        "--data", type=Path, required=True, help="the data set that it is played on"
    )
    parser.add_argument("--url", help="a running service with this data; else one is started")
    parser.add_argument("--cards", type=Path, help="the CSV that seeding wrote (with --url)")
    parser.add_argument("--skip", default="", metavar="N,M-K", help="steps to pass by")
    parser.add_argument("--only", default="", metavar="N,M-K", help="pass by all other steps")
    return parser.parse_args(words)


def numbers(text: str) -> set[int]:
    """Read step numbers and ranges: 1-34,36,41."""
    found: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found
