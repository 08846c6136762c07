#!/usr/bin/env python3
"""Set everything up and run the service; nothing is needed but Python 3.11 with pip.

python3 deploy/up.py            # the first time takes a minute, later starts some seconds
python3 deploy/up.py --help     # another port, a fresh start, a check
"""

import os
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from deploy.options import read_options  # noqa: E402 - after the path is known
from deploy.prepare import Checkout, check_python, say  # noqa: E402


def main() -> None:
    """Prepare, then become the supervisor."""
    check_python()
    options = read_options()
    began = time.monotonic()
    checkout = Checkout()
    checkout.prepare()
    say(f"set up after {time.monotonic() - began:.0f} s")
    python = str(checkout.python)
    arguments = [*sys.argv[1:], "--var", str(options.var.absolute())]
    os.chdir(checkout.root)
    os.execv(python, [python, "-m", "deploy.supervise", *arguments])


if __name__ == "__main__":
    main()
