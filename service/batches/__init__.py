"""Batches: a shop's business day held against what the shop itself says of it.

A run reads the day's lines of both sides once, pairs them pass by pass, and leaves every line in
one place: a match, an exception, or the pool of those whose other half may still come. The same
lines in any order give the same digest, and change nothing; new ones take the old run's place in
one transaction. A closed batch is left alone: what comes later is in the shop's next open one.
"""

from service.batches.actions import Ran, run
from service.batches.asking import Again, Far, Runner, ask, standing
from service.batches.due import due, open_batches, turns
from service.batches.models import (
    Batch,
    BatchRun,
    BatchStatus,
    Match,
    UnknownBatch,
    UnknownSum,
    Waiting,
)
from service.batches.sums import confirm_sum

__all__ = [
    "Again",
    "Batch",
    "BatchRun",
    "BatchStatus",
    "Far",
    "Match",
    "Ran",
    "Runner",
    "UnknownBatch",
    "UnknownSum",
    "Waiting",
    "ask",
    "confirm_sum",
    "due",
    "open_batches",
    "run",
    "standing",
    "turns",
]
