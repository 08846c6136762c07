"""The random audit: a part of each month's attendances, drawn by a seed nobody knew before.

A worker draws each community's month once the ledger's first head after its end is sealed; staff
who had no hand in an attendance call its volunteer; what differs becomes a finding.
"""

from service.sampling.actions.calling import Told, answer_call
from service.sampling.actions.drawing import draw_due
from service.sampling.models import Answer, Call, Draw, Result, Try
from service.sampling.queries.draws import Drawn, draw_of, draws, draws_of_month, open_calls
from service.sampling.rules import Progress

__all__ = [
    "Answer",
    "Call",
    "Draw",
    "Drawn",
    "Progress",
    "Result",
    "Told",
    "Try",
    "answer_call",
    "draw_due",
    "draw_of",
    "draws",
    "draws_of_month",
    "open_calls",
]
