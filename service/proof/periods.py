"""Sealed periods: the chain of their seals, their trial balances, and that nothing came after."""

from collections.abc import Iterable
from dataclasses import dataclass

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

    @property
    def place(self) -> str:
        """How a finding names it."""
        return f"period {shown(self.month)} (programme {shown(self.programme)})"

    def signed(self, origin: str) -> PeriodSeal:
        """Return what should have been signed."""
        head = TreeHead(self.size, self.root)
        month = shown(self.month)
        programme = int(self.programme)
        return PeriodSeal(origin, programme, month, head, self.trial_root, self.previous)


class Periods:
    """The seals, each passed when the log reaches its size."""

    def __init__(self, findings: Findings, books: Books) -> None:
        self._findings = findings
        self._books = books
        self._periods: list[Period] = []
        self._ahead: list[Period] = []  # not passed yet, the next one last
        self._closed: dict[bytes, bytes] = {}  # the last sealed month, by programme
        self.next_size = NEVER
        self.watching = False  # whether a seal has been passed

    def __len__(self) -> int:
        """The number of sealed periods."""
        return len(self._periods)

    def take(self, period: Period) -> None:
        """Enter a sealed period's row."""
        self._periods.append(period)
        self._books.sealing.add(period.programme)

    @property
    def sizes(self) -> set[int]:
        """The sizes whose roots the seals name."""
        return {period.size for period in self._periods}

    def begin(self, origin: str, keyring: Keyring) -> None:
        """Check each seal's text, signature and place in the chain; then wait for the log."""
        last: dict[bytes, Period] = {}
        for period in sorted(self._periods, key=lambda one: (one.programme, one.month)):
            self._check_seal(period, last.get(period.programme), origin, keyring)
            last[period.programme] = period
        self._ahead = sorted(self._periods, key=lambda one: (one.size, one.month), reverse=True)
        self._look_ahead()

    def pass_to(self, size: int) -> None:
        """Pass the seals that the log has now reached."""
        while self._ahead and self._ahead[-1].size <= size:
            period = self._ahead.pop()
            self.watching = True
            self._check_trial(period)
            self._closed[period.programme] = max(
                period.month, self._closed.get(period.programme, b"")
            )
        self._look_ahead()

    def watch(self, fields: list[bytes]) -> None:
        """See that a transfer is not effective in a period sealed before it."""
        closed = self._closed.get(fields[1], b"")
        if fields[10][:7] <= closed:
            self._findings.add(
                "backdated", f"transfer {shown(fields[0])}",
                f"is effective on {shown(fields[10])}, and {shown(closed)} was sealed before it",
            )  # fmt: skip

    def close(self, roots: dict[int, bytes]) -> None:
        """Compare the roots that the seals name with the log's; sizes not known are passed over."""
        for period in self._periods:
            if roots.get(period.size, period.root) != period.root:
                self._findings.add(
                    "seal", period.place, f"names a root that the log did not have at {period.size}"
                )

    def _look_ahead(self) -> None:
        self.next_size = self._ahead[-1].size if self._ahead else NEVER
        self._books.sealing.intersection_update(period.programme for period in self._ahead)

    def _check_seal(
        self, period: Period, before: Period | None, origin: str, keyring: Keyring
    ) -> None:
        add, place = self._findings.add, period.place
        signed = period.signed(origin)
        text = keyring.opened(period.note, place, vouches=False)
        if text is not None and text != signed.text:
            add("seal", place, "states other figures than its signed note")
        elif period.seal != signed.digest:
            add("seal", place, "its seal is not the hash of what it seals")
        if period.previous != (before.seal if before else b""):
            add("seal", place, "does not name the seal before it")
        if before and before.size > period.size:
            add("seal", place, f"was sealed at {period.size}, before {shown(before.month)}")

    def _check_trial(self, period: Period) -> None:
        found = trial_root(
            int(period.programme),
            _effective(self._books.of_programme(period.programme), period.month),
        )
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
