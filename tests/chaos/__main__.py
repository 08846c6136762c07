"""A longer storm: `python -m tests.chaos --seconds 600 [--seed 1]`; the last line is JSON."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos import laws
from tests.chaos.place import furnished
from tests.chaos.storm import storm
from tests.live import run

LONG_AWAY_S = (3.0, 40.0)


def main() -> int:
    """Let a storm pass over a service of its own and say what was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, furnished(Path(folder)) as place:
        place.away_s = LONG_AWAY_S
        told = storm(place, asked.seed, asked.seconds)
        laws.settle(place)
        found = [*laws.faults(place, told), *laws.unsettled_days(place)]
        run(place.site, "ledger", "verify")
        found += [why for why in told.tries if why.startswith("500")]
        print("\n".join([*place.said, place.crashes(), *found]))
    figures = {
        "sales": len(told.sales),
        "scans": len(told.scans),
        "sent_again": sum(told.tries.values()),
        "longest_s": round(told.longest_s, 1),
        "faults": len(found),
    }
    print(json.dumps({**figures, "why": dict(told.tries)}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
