"""What is wrong with a data set: every fault, each at its JSON pointer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from service.locale.validation import MESSAGES, template


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, and a message id with its parameters."""

    pointer: str  # RFC 6901: /volunteers/3/team
    message: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in English."""
        return f"{self.pointer}: {self.message.format(**self.params)}"


class Refused(Exception):
    """The data set is refused whole; nothing was loaded."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


def pointer(*steps: object) -> str:
    """Join steps into a JSON pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def from_messages(messages: Any, *steps: object) -> Iterator[Fault]:
    """Turn marshmallow's message tree into faults, with the values taken out of its sentences."""
    if isinstance(messages, dict | list):
        for step, below in branches(messages):
            yield from from_messages(below, *steps, *step)
        return
    if isinstance(messages, Fault):
        yield Fault(pointer(*steps) + messages.pointer, messages.message, messages.params)
        return
    message, values = template(str(messages))
    known = message if message in MESSAGES else message.replace("{", "{{").replace("}", "}}")
    yield Fault(pointer(*steps), known, dict(values))


def branches(messages: Any) -> Iterator[tuple[tuple[object, ...], Any]]:
    """Yield what lies below a node, each with the step that leads to it; a list is no step."""
    if isinstance(messages, dict):
        yield from ((() if key == "_schema" else (key,), below) for key, below in messages.items())
    else:
        yield from (((), below) for below in messages)
