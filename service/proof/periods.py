"""Sealed periods: the chain of their seals, their trial balances, and that nothing came after."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from service.proof.accounts import Account
from service.proof.books import Books
from service.proof.checkpoints import PeriodSeal, trial_root
from service.proof.findings import Findings, shown
from service.proof.merkle import TreeHead
from service.proof.signatures import Keyring

NEVER = 1 << 63


@dataclass(frozen=True, slots=True)
class Period:
    """A sealed period's row."""

    programme: bytes
    month: bytes  # 2025-10
    size: int
    root: bytes
    trial_root: bytes
    previous: bytes
    seal: bytes
    note: str

    @classmethod
    def read(cls, columns: list[bytes]) -> Self | None:
        """Read a line; None for a period that is only closing. Raises ValueError."""
        _, programme, month, state, size, root, trial, previous, seal, note = columns
        if state == b"closing":
            return None
        if state != b"sealed":
            raise ValueError("no period is in this state")
        int(programme)
        one, two, three, four = (
            bytes.fromhex(part.decode()) for part in (root, trial, previous, seal)
        )
        return cls(programme, month[:7], int(size), one, two, three, four, note.decode())

    @property
    def place(self) -> str:
        """How a finding names it."""
        return f"period {shown(self.month)} (programme {shown(self.programme)})"

    def signed(self, origin: str) -> PeriodSeal:
        """Return what should have been signed."""
        head = TreeHead(self.size, self.root)
        programme, month = int(self.programme), shown(self.month)
        return PeriodSeal(origin, programme, month, head, self.trial_root, self.previous)


class Seals:
    """What the seals say, how they follow each other, and who signed them."""

    def __init__(self, findings: Findings, keyring: Keyring) -> None:
        self._findings, self._keyring = findings, keyring
        self._periods: list[Period] = []

    def __len__(self) -> int:
        """The number of sealed periods."""
        return len(self._periods)

    @property
    def sizes(self) -> set[int]:
        """The sizes whose roots the seals name."""
        return {period.size for period in self._periods}

    def take(self, period: Period) -> None:
        """Enter a sealed period's row."""
        self._periods.append(period)

    def check(self, origin: str) -> None:
        """Check each seal's text, signature and place in the chain, once all keys are known."""
        last: dict[bytes, Period] = {}
        for period in sorted(self._periods, key=lambda one: (one.programme, one.month)):
            self._check_seal(period, origin)
            self._check_place(period, last.get(period.programme))
            last[period.programme] = period

    def compare(self, roots: dict[int, bytes]) -> None:
        """Compare the roots that the seals name with the log's; sizes not known are passed over."""
        for period in self._periods:
            if roots.get(period.size, period.root) != period.root:
                self._findings.add(
                    "seal", period.place, f"names a root that the log did not have at {period.size}"
                )

    def _check_seal(self, period: Period, origin: str) -> None:
        signed = period.signed(origin)
        text = self._keyring.opened(period.note, period.place, vouches=False)
        if text is not None and text != signed.text:
            self._findings.add("seal", period.place, "states other figures than its signed note")
        elif period.seal != signed.digest:
            self._findings.add("seal", period.place, "its seal is not the hash of what it seals")

    def _check_place(self, period: Period, before: Period | None) -> None:
        if period.previous != (before.seal if before else b""):
            self._findings.add("seal", period.place, "does not name the seal before it")
        if before and before.size > period.size:
            self._findings.add(
                "seal", period.place, f"was sealed at {period.size}, before {shown(before.month)}"
            )


class Trials:
    """The sealed trial balances, each drawn up when the log reaches its size."""

    def __init__(self, findings: Findings, books: Books) -> None:
        self._findings, self._books = findings, books
        self._ahead: list[Period] = []  # not passed yet, the next one last
        self._closed: dict[bytes, bytes] = {}  # the last sealed month, by programme
        self.next_size = NEVER
        self.watching = False  # whether a seal has been passed

    def take(self, period: Period) -> None:
        """Enter a sealed period's row."""
        self._ahead.append(period)
        self._ahead.sort(key=lambda one: (one.size, one.month), reverse=True)
        self._books.sealing.add(period.programme)
        self.next_size = self._ahead[-1].size

    def pass_to(self, size: int) -> None:
        """Pass the seals that the log has now reached."""
        while self._ahead and self._ahead[-1].size <= size:
            period = self._ahead.pop()
            self.watching = True
            self._check_trial(period)
            self._closed[period.programme] = max(
                period.month, self._closed.get(period.programme, b"")
            )
        self.next_size = self._ahead[-1].size if self._ahead else NEVER
        self._books.sealing.intersection_update(period.programme for period in self._ahead)

    def watch(self, fields: list[bytes]) -> None:
        """See that a transfer is not effective in a period sealed before it."""
        closed = self._closed.get(fields[1], b"")
        if fields[10][:7] <= closed:
            self._findings.add(
                "backdated", f"transfer {shown(fields[0])}",
                f"is effective on {shown(fields[10])}, and {shown(closed)} was sealed before it",
            )  # fmt: skip

    def _check_trial(self, period: Period) -> None:
        accounts = self._books.of_programme(period.programme)
        found = trial_root(int(period.programme), _effective(accounts, period.month))
        if found != period.trial_root:
            self._findings.add(
                "trial_balance", period.place, "the entries do not give the sealed trial balance"
            )


def _effective(accounts: Iterable[Account], month: bytes) -> Iterable[tuple[str, str, int]]:
    """Sum each account's entries effective by the month's end, where there are any."""
    for account in accounts:
        sums = [total for at, total in account.months.items() if at <= month]
        if sums:
            yield shown(account.name[1]), shown(account.name[2]), sum(sums)
