#!/usr/bin/env python3
"""Set everything up and run the whole suite; arguments go to pytest.

    python3 deploy/test.py                    # all of it
    python3 deploy/test.py tests/ledger -x    # what pytest would understand

Real PostgreSQL, a real Redis-protocol server and a real Chromium; nothing is needed but Python.
All of it goes to several test processes at once, each with servers of its own and whole files to
itself; with arguments of yours there is one process, as pytest has it.
hledger, with which one test compares our books, comes from Debian; elsewhere that part is skipped.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from deploy.browser import find_browser  # noqa: E402 - after the path is known
from deploy.hledger import find_hledger  # noqa: E402
from deploy.prepare import Checkout, check_python, say  # noqa: E402

# Each process has a PostgreSQL, a browser and perhaps a whole service beside it: half a gigabyte.
PROCESSES_MAX = 4


def everything() -> list[str]:
    """Return what pytest is told when nobody says which tests are meant."""
    processes = min(os.cpu_count() or 1, PROCESSES_MAX)
    return ["--numprocesses", str(processes), "--dist", "loadfile"] if processes > 1 else []


def main() -> None:
    """Prepare, then become pytest."""
    check_python()
    began = time.monotonic()
    checkout = Checkout()
    checkout.prepare(tests=True)
    browser = find_browser(checkout)
    environment = {
        **os.environ,
        "CHROME": browser.program,
        "CHROME_ENV": json.dumps(dict(browser.environment)),
        "HLEDGER": find_hledger(checkout) or "",
        # Playwright's own Node.js wants a library that a bare Debian lacks.
        "PLAYWRIGHT_NODEJS_PATH": shutil.which("node", path=checkout.node()["PATH"]) or "",
    }
    say(f"ready for the tests after {time.monotonic() - began:.0f} s")
    os.chdir(checkout.root)
    python = str(checkout.python)
    os.execve(python, [python, "-m", "pytest", *(sys.argv[1:] or everything())], environment)


if __name__ == "__main__":
    main()
