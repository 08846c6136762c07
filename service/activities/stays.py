"""What a set of scans makes of one person's stays. Pure: the order of arrival plays no part.

Phones without a network upload late, twice, and in any order. So a stay is never patched by what
arrives: it is worked out anew from all scans of the person, in the order of what happened.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# A second reading within this time is a hand that was not sure; later, somebody came twice.
SURE_AFTER = timedelta(minutes=5)
ORDER = {"in": 0, "audience": 1, "out": 2}


@dataclass(frozen=True, slots=True)
class Read:
    """One scan that may take effect: where, when, what, by whom."""

    activity: int
    at: datetime  # by our clock
    action: str  # in | out | audience
    actor: str
    nonce: str
    way: str = "C1"
    assurance: str = "A3"
    device: str | None = None
    offline: bool = False
    new: bool = False  # not judged before

    @property
    def key(self) -> tuple[str, str]:
        """What the scan is known by."""
        return self.actor, self.nonce

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """The place in what happened; two scans of one moment have one order, too."""
        return self.at, ORDER[self.action], self.source, self.nonce

    @property
    def source(self) -> str:
        """Which device read it, whoever brought it here; the person where none is named."""
        return self.device or self.actor


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's time at one activity."""

    activity: int
    kind: str  # service | audience
    in_at: datetime
    in_way: str
    in_actor: str
    out_at: datetime | None = None
    out_way: str | None = None
    out_actor: str | None = None
    assurance: str | None = None  # the weaker of in and out
    offline: bool = False
    device: str | None = None  # that opened it

    @property
    def source(self) -> str:
        """Which device opened it, or who."""
        return self.device or self.in_actor


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one scan did."""

    role: str  # opens | closes | duplicate | refused | undone
    kind: str | None = None  # of the problem that a person should look at
    at: datetime | None = None  # the moment that counts, if another one does

    @property
    def took(self) -> bool:
        """Whether the stay begins or ends with it."""
        return self.role in {"opens", "closes"}

    def says_again(self, known: Stay | None) -> bool:
        """Tell whether the person was in (or out) before this scan was heard of."""
        ended = known is not None and known.out_at is not None
        return self.role == "duplicate" or (ended if self.role == "closes" else known is not None)

    @property
    def reason(self) -> str | None:
        """The word for the screen; None when the scan took effect or said what was known."""
        if self.role == "undone":
            return "undone"
        return REASONS[str(self.kind)] if self.role == "refused" else None


REASONS = {
    "out_without_in": "not_in",
    "overlap": "overlap",
    "confirmed": "window_closed",
    "decided": "window_closed",
}


@dataclass(frozen=True, slots=True)
class Frozen:
    """What people have decided on, and scans do not move; no stay: it is over, nobody came."""

    stay: Stay | None
    kind: str  # confirmed | decided


@dataclass(frozen=True, slots=True)
class Folded:
    """The stays of one person, and what each scan did."""

    stays: Mapping[int, Stay]
    verdicts: Mapping[tuple[str, str], Verdict]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the scans are read against: when gates close, what was decided, what was undone."""

    closes: Mapping[int, datetime]
    frozen: Mapping[int, Frozen]
    undone: Collection[tuple[str, str]] = ()


def fold(reads: Iterable[Read], setting: Setting) -> Folded:
    """Work out one person's stays from all scans; any order and any repetition give the same."""
    stays = {code: one.stay for code, one in setting.frozen.items() if one.stay}
    verdicts: dict[tuple[str, str], Verdict] = {}
    for read in sorted({read.key: read for read in reads}.values(), key=lambda one: one.order):
        if read.key in setting.undone:
            verdict = Verdict("undone")
        elif frozen := setting.frozen.get(read.activity):
            verdict = against(frozen, read)
        else:
            verdict = take(stays, read, setting.closes)
        verdicts[read.key] = verdict
    return Folded(stays, verdicts)


def take(stays: dict[int, Stay], read: Read, closes: Mapping[int, datetime]) -> Verdict:
    """Let one scan take effect on what came before it."""
    stay = stays.get(read.activity)
    if read.action == "out":
        return leave(stays, stay, read)
    if stay is not None:
        return again(stay, read)
    busy = read.action == "in" and elsewhere(stays, read, closes)
    if busy and read.offline:
        return Verdict("refused", "overlap")
    stays[read.activity] = Stay(
        activity=read.activity,
        kind="service" if read.action == "in" else "audience",
        in_at=read.at,
        in_way=read.way,
        in_actor=read.actor,
        assurance=read.assurance,
        offline=read.offline,
        device=read.device,
    )
    # Somebody was told "come in" before we knew of the other place: it stands, and is looked at.
    return Verdict("opens", "overlap" if busy else None)


def leave(stays: dict[int, Stay], stay: Stay | None, read: Read) -> Verdict:
    """End a stay; the first moment counts."""
    if stay is None or stay.kind != "service":
        return Verdict("refused", "out_without_in")
    if stay.out_at is not None:
        return Verdict("duplicate", at=stay.out_at)
    stays[read.activity] = replace(
        stay,
        out_at=read.at,
        out_way=read.way,
        out_actor=read.actor,
        assurance=weaker(stay.assurance, read.assurance),
        offline=stay.offline or read.offline,
    )
    return Verdict("closes")


def weaker(one: str | None, other: str | None) -> str | None:
    """Return the lower of two assurances; what is not known proves nothing."""
    return min(one, other) if one and other else None


def again(stay: Stay, read: Read) -> Verdict:
    """Judge a second check-in: two devices saw one arrival, or one device saw two."""
    after_end = stay.out_at is not None and read.at > stay.out_at
    same = read.source == stay.source and read.at - stay.in_at > SURE_AFTER
    return Verdict("duplicate", "in_after_in" if same or after_end else None, stay.in_at)


def elsewhere(stays: Mapping[int, Stay], read: Read, closes: Mapping[int, datetime]) -> bool:
    """Tell whether the person was at another activity at this moment."""
    return any(
        stay.in_at <= read.at < (stay.out_at or closes[stay.activity] + timedelta.resolution)
        for stay in stays.values()
        if stay.activity != read.activity and stay.kind == "service"
    )


def against(frozen: Frozen, read: Read) -> Verdict:
    """Judge a scan of a stay that people have decided on: it says the same, or a person looks."""
    stay = frozen.stay
    if stay is None or not read.new:
        return Verdict("refused", frozen.kind)
    known = stay.out_at if read.action == "out" else stay.in_at
    if known is not None and read.at >= known:
        return Verdict("duplicate", at=known)
    return Verdict("refused", frozen.kind, known)


def status_of(stay: Stay, folded: Folded, *, closes: Mapping[int, datetime], now: datetime) -> str:
    """Return where a stay stands: of several open ones the last is where the person is."""
    if stay.kind == "audience":
        return "audience"
    if stay.out_at is not None:
        return "out"
    later = any(
        one.out_at is None and one.kind == "service" and one.in_at > stay.in_at
        for one in folded.stays.values()
    )
    return "undecided" if later or closes[stay.activity] < now else "in"
