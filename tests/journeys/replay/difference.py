"""What stops a replay: the first thing that is not as the scenario says."""

from typing import Any


class Difference(Exception):
    """Something expected and something else found."""

    def __init__(self, what: str, expected: Any, got: Any) -> None:
        super().__init__(f"{what}: expected {expected!r}, got {got!r}")
        self.what, self.expected, self.got = what, expected, got


def same(what: str, expected: Any, got: Any) -> None:
    """Go on only when both are equal."""
    if expected != got:
        raise Difference(what, expected, got)
