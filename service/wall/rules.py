"""What a wall may say of few people: nothing that could point at one of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 5  # people behind a figure that is shown


@dataclass(frozen=True, slots=True)
class Group:
    """A figure, and how many people stand behind it; several may be the same people."""

    name: str
    people: int
    figure: int


@dataclass(frozen=True, slots=True)
class Folded:
    """Figures that may be shown, and the rest in one sum; `silent` where not even that may be."""

    shown: tuple[Group, ...]
    rest: Group | None = None
    silent: bool = False

    def figure(self, name: str) -> int | None:
        """Return a group's figure if it is shown by itself."""
        return next((one.figure for one in self.shown if one.name == name), None)


def fold(groups: Sequence[Group], *, least: int = LEAST) -> Folded:
    """Join what stands for too few people with the smallest figure that stands for enough.

    One small group alone would come out as the difference to the total. Groups may share people,
    so a sum counts as many as its largest group: never more than there are. A group of nobody is
    no secret.
    """
    small = [one for one in groups if 0 < one.people < least]
    if not small:
        return Folded(tuple(groups))
    large = [one for one in groups if one.people >= least]
    if not large:
        return Folded((), silent=True)
    joined = min(large, key=lambda one: one.people)
    rest = [*small, joined]
    total = Group("", joined.people, sum(one.figure for one in rest))
    return Folded(tuple(one for one in groups if one not in rest), total)
