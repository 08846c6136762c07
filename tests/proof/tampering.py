"""What somebody with an editor, or with the whole database but not the key, could do."""

from collections.abc import Callable

from service.proof import escape, leaf_hash, unescape, verify_lines

Lines = list[bytes]
Tampering = Callable[[Lines], Lines]


def columns(line: bytes) -> list[str]:
    """Read a line."""
    return [unescape(column).decode() for column in line[:-1].split(b"\t")]


def written(row: list[str]) -> bytes:
    """Write a line."""
    return b"\t".join(escape(column.encode()) for column in row) + b"\n"


def at(lines: Lines, tag: str, number: int) -> int:
    """Find the line of the number-th record of a section."""
    return [place for place, line in enumerate(lines) if line.startswith(tag.encode() + b"\t")][
        number
    ]


def edit(tag: str, number: int, column: int, value: str) -> Tampering:
    """Write another value into one column of a record, the first is 0."""

    def tamper(lines: Lines) -> Lines:
        place = at(lines, tag, number)
        row = columns(lines[place])
        row[column] = value
        return [*lines[:place], written(row), *lines[place + 1 :]]

    return tamper


def restate(transfer: int, *changes: tuple[int, str]) -> Tampering:
    """Change fields of a transfer and make its leaf fit, as one who has all the tables can."""

    def tamper(lines: Lines) -> Lines:
        tag = b"leaf" if transfer <= 12 else b"open"
        start = 3 if tag == b"leaf" else 2
        place = next(
            place
            for place, line in enumerate(lines)
            if line.startswith(tag) and columns(line)[start] == str(transfer)
        )
        row = columns(lines[place])
        for field, value in changes:
            row[start + field] = value
        row[start - 1] = leaf_hash([text.encode() for text in row[start:]]).hex()
        return [*lines[:place], written(row), *lines[place + 1 :]]

    return tamper


def drop(tag: str, number: int) -> Tampering:
    """Delete a record."""
    return lambda lines: [
        line for place, line in enumerate(lines) if place != at(lines, tag, number)
    ]


def repeat(tag: str, number: int) -> Tampering:
    """Write a record twice."""

    def tamper(lines: Lines) -> Lines:
        place = at(lines, tag, number)
        return [*lines[: place + 1], *lines[place:]]

    return tamper


def move(tag: str, number: int, to: int) -> Tampering:
    """Put a record elsewhere within its section."""

    def tamper(lines: Lines) -> Lines:
        rest, target = list(lines), at(lines, tag, to)
        rest.insert(target, rest.pop(at(lines, tag, number)))
        return rest

    return tamper


def exchange(tag: str, first: int, second: int, *parts: slice) -> Tampering:
    """Let two records change some of their columns."""

    def tamper(lines: Lines) -> Lines:
        places = at(lines, tag, first), at(lines, tag, second)
        one, two = (columns(lines[place]) for place in places)
        for part in parts:
            one[part], two[part] = two[part], one[part]
        changed = list(lines)
        changed[places[0]], changed[places[1]] = written(one), written(two)
        return changed

    return tamper


def both(*tamperings: Tampering) -> Tampering:
    """Do one after the other."""

    def tamper(lines: Lines) -> Lines:
        for one in tamperings:
            lines = one(lines)
        return lines

    return tamper


def named(lines: Lines, checkpoint: str | None = None) -> list[tuple[str, str]]:
    """Verify, and return kind and place of what was found."""
    report = verify_lines(lines, checkpoint=checkpoint)
    return [(finding.kind, finding.place) for finding in report.findings]
