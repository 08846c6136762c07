"""Break the ledger's SQL in many ways, one at a time, and see that a test notices each."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant, Stale

ROOT = Path(__file__).parents[2]
COMMAND = [
    sys.executable, "-m", "pytest", "-p", "tests.mutants.plugin", "-p", "no:cacheprovider",
    "-x", "-q", "--no-header", "--tb=short", "tests/ledger",
]  # fmt: skip
PATIENCE_S = 900  # whoever hangs for so long has been noticed, too

NOBODY = Mutant("none")


class Useless(Exception):
    """A run that says nothing: the tests fail as they are, or a mutant is no SQL."""


@dataclass(frozen=True)
class Verdict:
    """What the tests said of one mutant; no killer: it survived."""

    mutant: Mutant
    killer: str
    why: str
    passed: int
    seconds: float

    def __str__(self) -> str:
        word = "KILLED  " if self.killer else "SURVIVED"
        by = f"by {self.killer}" if self.killer else f"all {self.passed} tests"
        return f"{word} {self.mutant.name:34} {self.seconds:5.0f} s  {by}  {self.why}".rstrip()


def judge(mutant: Mutant) -> Verdict:
    """Run the tests against one mutant until the first fails; raises Useless."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        told = {"AIXIN_MUTANT": mutant.name, "AIXIN_MUTANT_RESULT": str(result)}
        env = {**os.environ, **told}
        try:
            done = subprocess.run(
                COMMAND, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE_S,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Verdict(mutant, "hanging", "", 0, PATIENCE_S)
        if done.returncode not in (0, 1) or not result.exists():
            raise Useless(f"{mutant.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        found = json.loads(result.read_text("utf-8"))
    killer = found["killer"] or {"test": "", "why": ""}
    name = killer["test"].removeprefix("tests/ledger/")
    return Verdict(mutant, name, killer["why"], found["passed"], time.monotonic() - began)


def chosen(names: Sequence[str]) -> list[Mutant]:
    """Return the mutants asked for, all of them by default; each must still apply."""
    for mutant in MUTANTS:
        mutant.check()
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        raise SystemExit(f"no such mutant: {', '.join(sorted(unknown))}")
    return [mutant for mutant in MUTANTS if not names or mutant.name in names]


def control() -> None:
    """See that the tests pass as long as nothing is broken; raises Useless."""
    verdict = judge(NOBODY)
    if verdict.killer:
        raise Useless(f"without any mutant {verdict.killer} fails: {verdict.why}")
    print(
        f"{'':8} {'no mutant':34} {verdict.seconds:5.0f} s  all {verdict.passed} tests", flush=True
    )


def main() -> int:
    """Judge every mutant and print the verdicts; the last line is for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the mutants and end")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    mutants = chosen(given.only)
    if given.list:
        print(*(mutant.name for mutant in mutants), sep="\n")
        return 0
    if not given.only:
        control()
    caught = 0
    with ThreadPoolExecutor(given.jobs) as runs:
        for verdict in runs.map(judge, mutants):
            caught += bool(verdict.killer)
            print(verdict, flush=True)
    print(json.dumps({"mutants": len(mutants), "caught": caught}))
    return 0 if caught == len(mutants) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Stale, Useless) as wrong:
        sys.exit(str(wrong))
