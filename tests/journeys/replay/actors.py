"""The people and tablets of a scenario, each with a real sign-in and codes of their own."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.journeys.replay.client import Answer, Client, Failed
from tests.journeys.replay.difference import Difference
from tests.journeys.replay.scenario import Data

DEMO_PASSWORD = "aixin-demo"  # of every member of staff in a demo data set
OWNER = re.compile(r"(\S+)[ -]owner", re.IGNORECASE)
UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who can call: staff by login, a volunteer by booklet, a shop's till by shop."""

    kind: str  # staff | volunteer | till
    code: str

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed in a booklet."""

    url: str
    pin: str


class Actors:
    """Signs everybody in when first needed, and again when a session has ended."""

    def __init__(self, client: Client, data: Data, cards: Mapping[str, Card]) -> None:
        self.client = client
        self.data = data
        self.cards = dict(cards)
        self.tokens: dict[Who, str] = {}

    def ask(
        self,
        who: Who,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str = "",
    ) -> Answer:
        """Send a request in somebody's name; who was signed out signs in again, once."""
        fresh = who not in self.tokens
        answer = self.client.api(method, path, body, token=self.token(who), key=key)
        if answer.status == UNAUTHORIZED and not fresh:
            del self.tokens[who]
            answer = self.client.api(method, path, body, token=self.token(who), key=key)
        return answer

    def must(
        self,
        who: Who,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str = "",
    ) -> dict[str, Any]:
        """Send a request that has to succeed; raises Failed."""
        answer = self.ask(who, method, path, body, key=key)
        if not answer.ok:
            raise Failed(f"{method} {path} as {who}", answer)
        return answer.body

    def token(self, who: Who) -> str:
        """Return somebody's token, signing them in if need be."""
        if who not in self.tokens:
            sign_in = {"staff": self._staff, "volunteer": self._volunteer, "till": self._till}
            self.tokens[who] = sign_in[who.kind](who.code)
        return self.tokens[who]

    def named(self, by: str) -> Who:
        """Find whom a scenario names: a staff id, a booklet, `S06 owner`, or a shop's clerk."""
        if owner := OWNER.fullmatch(by.strip()):
            return self.owner(owner[1])
        for kind, known in (
            ("staff", self.data.staff),
            ("volunteer", self.data.volunteers),
            ("till", self.data.shops),
        ):
            if by in known:
                return Who(kind, by)
        raise Difference("who acts", "somebody of the data set", by)

    def both(self, by: str) -> list[Who]:
        """Find the one who acts, or the two of `MAKER+APPROVER`, in their order."""
        return [self.named(part.strip()) for part in by.split("+")]

    def owner(self, shop: str) -> Who:
        """Return a shop's owner."""
        return Who("staff", f"{shop}-OWNER")

    def officer(self, *roles: str, community: str | None = None) -> Who:
        """Return the staff of a community who holds one of the roles; raises Difference."""
        found = self.data.officers(*roles, community=community)
        if not found:
            raise Difference(f"staff of {community}", f"somebody who is {' or '.join(roles)}", None)
        return Who("staff", found[0])

    def leader(self, activity: str) -> Who:
        """Return the leader of an activity."""
        return Who("volunteer", self.data.leader(activity))

    def card(self, volunteer: str) -> str:
        """Return the address in a booklet's QR code."""
        return self._booklet(volunteer).url

    def pin(self, volunteer: str) -> str:
        """Return the PIN that a volunteer knows."""
        if volunteer in self.cards:
            return self.cards[volunteer].pin
        return "".join(filter(str.isdigit, volunteer))[-4:].rjust(4, "0")  # of practice data

    def passes(self, volunteer: str) -> list[str]:
        """Return what a volunteer's phone shows now and in the next steps."""
        codes = self.must(Who("volunteer", volunteer), "GET", "/me/passes")["codes"]
        return [str(code["url"]) for code in codes]

    def show(self, volunteer: str, via: str | None) -> str:
        """Return what a scanner reads: the booklet's card, or the phone's pass."""
        return self.card(volunteer) if self.by_card(volunteer, via) else self.passes(volunteer)[0]

    def by_card(self, volunteer: str, via: str | None) -> bool:
        """Tell whether somebody shows the booklet; where nothing is said, by their channel."""
        return via == "booklet" or (via is None and not self.data.phone(volunteer))

    def _booklet(self, volunteer: str) -> Card:
        if volunteer not in self.cards:
            # Nobody knows a card's code but its print, so an unknown booklet is printed anew.
            recorder = self.officer("volunteer_admin", community=self.data.community(volunteer))
            said = self.must(recorder, "POST", f"/volunteers/{volunteer}/cards")
            self.cards[volunteer] = Card(said["url"], said["pin"])
        return self.cards[volunteer]

    def _staff(self, login: str) -> str:
        said = {"login": login, "password": DEMO_PASSWORD}
        return str(self.client.must("POST", "/sessions", said)["token"])

    def _volunteer(self, code: str) -> str:
        said = {"booklet": code, "pin": self.pin(code)}
        return str(self.client.must("POST", "/sessions", said)["token"])

    def _till(self, shop: str) -> str:
        officers = self.data.officers("association_officer")
        keeper = Who("staff", officers[0]) if officers else self.owner(shop)
        claim = self.ask(keeper, "POST", "/tills/claims", {"shop": shop})
        if not claim.ok:
            claim = self.ask(self.owner(shop), "POST", "/tills/claims", {"shop": shop})
        if not claim.ok:
            raise Failed(f"POST /tills/claims for {shop}", claim)
        token = urlsplit(claim.body["url"]).path.rsplit("/", 1)[-1]
        said = {"claim": token, "digits": claim.body["digits"]}
        return str(self.client.must("POST", "/tills", said)["token"])


def read_cards(file: Path) -> dict[str, Card]:
    """Read the list that seeding wrote for the printer: booklet, url, pin."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        return {row["booklet"]: Card(row["url"], row["pin"]) for row in csv.DictReader(lines)}
