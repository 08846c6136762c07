"""What `up.py` may be asked for."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from deploy.prepare import ROOT

PORT = 8000
EPILOG = """
Data live in var/ of the checkout. DATABASE_URL and REDIS_URL name other servers than our own;
deploy/env.example says every variable. 数据保存在 var/；Ctrl-C 停止全部服务。
"""


@dataclass(frozen=True)
class Options:
    """One start of the whole service."""

    host: str
    port: int  # 0: any free one
    var: Path
    reset: bool
    yes: bool
    check: bool


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; leaves with a sentence where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="up.py",
        description="Set everything up and run the service: web, workers, PostgreSQL, Redis.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=PORT, help="0 takes any free one (default: %(default)s)")
    add("--reset", action="store_true", help="delete all data first; asks before it does")
    add("--yes", action="store_true", help="answer yes to --reset")
    add("--check", action="store_true", help="start everything, ask if it is well, and stop")
    add("--var", type=Path, default=_var(), help="folder of the data (default: var/, or AIXIN_VAR)")
    return Options(**vars(parser.parse_args(arguments)))


def _var() -> Path:
    return Path(os.environ.get("AIXIN_VAR") or ROOT / "var")


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number
