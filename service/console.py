"""How the commands speak: what they refuse goes to standard error, and the status says so."""

import sys

DONE, REFUSED, ASKED_WRONGLY = 0, 1, 2


def complain(*lines: str, status: int = REFUSED) -> int:
    """Write lines to standard error; return the status of a refusal."""
    print("\n".join(lines), file=sys.stderr)
    return status


class Meter:
    """A line on the terminal that says how far a long piece of work is; elsewhere silence."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def tell(self, done: int, total: int) -> None:
        """Write over the line."""
        if self.shown:
            print(f"\r{done:,} / {total:,}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave a clean line."""
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
