"""`python -m service.proof FILE [--checkpoint FILE]`: check an exported ledger, offline.

Ends with 0 when everything is in order, 1 when something is wrong, 2 when asked wrongly.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from service.proof.findings import Report
from service.proof.verify import verify_file


def main(words: Sequence[str] | None = None) -> int:
    """Run the verification that the command line asks for."""
    parser = argparse.ArgumentParser("python -m service.proof", description="Check a ledger.")
    parser.add_argument("file", metavar="FILE", help="the export, plain or gzipped; - is the input")
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="a signed head kept from an earlier day"
    )
    asked = parser.parse_args(words)
    try:
        kept = Path(asked.checkpoint).read_text("utf-8") if asked.checkpoint else None
        report = verify_file(asked.file, checkpoint=kept)
    except (OSError, ValueError, BrokenExecutor) as wrong:
        print(f"cannot check this: {wrong}", file=sys.stderr)
        return 2
    print(told(report))
    return 0 if report.fine else 1


def told(report: Report) -> str:
    """Write a report for a person."""
    counts = {name: f"{count:,}" for name, count in report.counts.items()}
    text = [
        f"Ledger {report.origin}, exported {report.exported_at}",
        "{leaves} transfers in the log and {open} not yet, {entries} entries, {accounts} accounts,"
        " {heads} signed heads, {periods} sealed periods".format(**counts),
        *(f"Key {key}" for key in report.keys[:1]),
    ]
    if report.fine:
        text.append("Everything is in order. Compare the key with the one that was published.")
        return "\n".join(text)
    text += [f"{one.kind:<14} {one.place}: {one.detail}" for one in report.findings]
    more = report.found - len(report.findings)
    text.append(f"{report.found:,} findings" + (f", {more:,} of them not shown" if more else ""))
    return "\n".join(text)


if __name__ == "__main__":
    sys.exit(main())
