"""Holds: what is set aside until a time, and how each ends once, in a capture or a release."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.proof.accounts import Account
from service.proof.findings import Findings, shown
from service.proof.transfers import ENDED, Transfers

Legs = Sequence[tuple[Account, int]]


@dataclass(frozen=True, slots=True)
class Hold:
    """An open hold."""

    programme: bytes
    expires_at: bytes
    legs: dict[Account, int]


class Holds:
    """The open holds; of those that have ended, the transfers keep a note."""

    def __init__(self, findings: Findings, transfers: Transfers) -> None:
        self._findings = findings
        self._transfers = transfers
        self._open: dict[int, Hold] = {}
        self.stated: dict[int, bytes] = {}  # open holds by the export's own list

    def take(self, fields: list[bytes], number: int, held: Legs) -> None:
        """Set aside what a hold says."""
        place = f"transfer {number}"
        hold = Hold(fields[1], fields[13], dict(held))
        if fields[13] <= fields[8]:
            self._findings.add("holds", place, "is a hold that was over before it began")
        if number not in self._open:
            self._open[number] = hold
            _set_aside(hold.legs.items(), 1)

    def resolve(self, fields: list[bytes], number: int, legs: Legs) -> None:
        """End a hold by a capture (with legs) or a release (without)."""
        place, of = f"transfer {number}", int(fields[12])
        hold = self._open.pop(of, None)
        if hold is None:
            self._refuse_resolution(place, of)
            return
        self._transfers.mark(of, ENDED)
        _set_aside(hold.legs.items(), -1)
        if hold.programme != fields[1]:
            self._findings.add("holds", place, f"resolves hold {of} of another programme")
        if legs and fields[8] >= hold.expires_at:
            self._findings.add(
                "holds", place, f"captures hold {of}, which ended {shown(hold.expires_at)}"
            )
        for account, amount in legs:
            held = hold.legs.get(account, 0)
            if amount * held <= 0 or abs(amount) > abs(held):
                self._findings.add(
                    "holds", place, f"captures {amount} of {held} held by {of} on {account.place}"
                )

    def close(self) -> None:
        """Compare the holds that are open with those that the export lists."""
        for number in self._open.keys() - self.stated.keys():
            self._findings.add("holds", f"transfer {number}", "is an open hold that is not listed")
        for number, ends in self.stated.items():
            hold = self._open.get(number)
            if hold is None:
                self._findings.add("holds", f"transfer {number}", "is listed, but no open hold")
            elif hold.expires_at != ends:
                self._findings.add(
                    "holds", f"transfer {number}", f"is listed as ending {shown(ends)}"
                )

    def _refuse_resolution(self, place: str, of: int) -> None:
        if self._transfers.has(of, ENDED):
            self._findings.add("twice", place, f"resolves hold {of} a second time")
        else:
            self._findings.add("holds", place, f"resolves hold {of}, which is not there")


def _set_aside(legs: Iterable[tuple[Account, int]], sign: int) -> None:
    for account, amount in legs:
        if not account.tracked:
            continue
        if amount < 0:
            account.held_out -= sign * amount
        else:
            account.held_in += sign * amount
