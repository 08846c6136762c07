"""Loading a data set: one file that says who, what and how much, checked whole, loaded whole.

What the file states must be right; what it may leave out has a default that SCENARIO.md allows.
Keys that we do not know are descriptions and are left alone, unless they look like a misspelt one.
"""

from service.seed.agenda import first_morning
from service.seed.cards import write_cards
from service.seed.demo import SignIn, sign_ins
from service.seed.faults import Fault, Refused
from service.seed.load import Loaded, load
from service.seed.reading import read
from service.seed.town import Loader

__all__ = [
    "Fault",
    "Loaded",
    "Loader",
    "Refused",
    "SignIn",
    "first_morning",
    "load",
    "read",
    "sign_ins",
    "write_cards",
]
