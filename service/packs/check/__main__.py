"""`python -m service.packs.check PACK [--checkpoint FILE]`: check an evidence pack, offline.

Ends with 0 when everything is in order, 1 when something is wrong, 2 when asked wrongly.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from service.packs.check import Outcome, check

SHOWN_MAX = 50


def main(words: Sequence[str] | None = None) -> int:
    """Run the check that the command line asks for."""
    parser = argparse.ArgumentParser("python -m service.packs.check", description="Check a pack.")
    parser.add_argument("pack", metavar="PACK", help="the zip file, or the folder it was put in")
    parser.add_argument("--checkpoint", metavar="FILE", help="a signed head that you kept")
    asked = parser.parse_args(words)
    try:
        kept = Path(asked.checkpoint).read_text("utf-8") if asked.checkpoint else None
        found = check(asked.pack, kept=kept)
    except (OSError, ValueError) as wrong:
        print(f"cannot check this: {wrong}", file=sys.stderr)
        return 2
    print(told(found))
    return 1 if found.faults else 0


def told(found: Outcome) -> str:
    """Write an outcome for a person."""
    counts = ", ".join(f"{count:,} {name}" for name, count in found.counts.items())
    text = [f"Evidence of {found.first} to {found.last}", counts]
    if found.head:
        text.append(f"Log {found.log}, signed head {found.head:,}")
        text += [f"Key {key}" for key in found.keys[:1]]
    text += found.faults[:SHOWN_MAX]
    if found.faults:
        return "\n".join([*text, f"{len(found.faults):,} faults"])
    return "\n".join([*text, "Everything is in order. Compare the key with the published one."])


if __name__ == "__main__":
    sys.exit(main())
