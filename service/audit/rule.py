"""What a rule of the audit is: facts, a pure function over them, and what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from service.programmes import RuleSet

Fact = TypeVar("Fact")

LOOK, ASK, ACT = 1, 2, 3  # may be honest; wants a word; cannot be right


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one thing. The same thing has the same key, however often one looks."""

    key: str
    subject: str  # kind:code, as in the trail
    community_id: int
    day: date
    evidence: Mapping[str, Any]  # lists of what it points at, and the numbers that it compared


@dataclass(frozen=True, slots=True)
class Rule(Generic[Fact]):
    """One question to the books. `sql` streams its facts, in the order `judge` wants them.

    The statement may name `%(programme)s`, `%(since)s`, `%(until)s` (both days inclusive) and
    every figure of the rule set's audit. It may leave out what can never be found; what is found
    is said by `judge` alone.
    """

    slug: str
    title: str
    weight: int
    fact: type[Fact]
    sql: str
    judge: Callable[[Iterable[Fact], RuleSet], Iterator[Finding]]
