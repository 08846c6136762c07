"""Settlement: who signed a shop's days and months, statements, and the points equation.

A shop's day goes from prepared (by the worker) over confirmed (by the shop, at its till or page,
or by five working days of silence) and reviewed (by the association) to closed (by the secretary),
each by another person. Each signature stands on the one before in the shop's chain. A month's
statement goes the same way. A month with all its statements and days signed is locked, and opened
again by two people with a reason: then the old statement stays and a new version is signed.
"""

from service.settlement.actions.days import confirm_silent as confirm_silent_days
from service.settlement.actions.days import prepare
from service.settlement.actions.statements import confirm_silent as confirm_silent_statements
from service.settlement.canonical import canonical, digest
from service.settlement.chain import Verdict, verify
from service.settlement.equation import Span, check_programme
from service.settlement.export import lines as export_lines
from service.settlement.models import Equation, Month, ShopDay, Signature, Statement
from service.settlement.press import Press, files_of_months, order_ended
from service.settlement.rules import month_before

__all__ = [
    "Equation",
    "Month",
    "Press",
    "ShopDay",
    "Signature",
    "Span",
    "Statement",
    "Verdict",
    "canonical",
    "check_programme",
    "confirm_silent_days",
    "confirm_silent_statements",
    "digest",
    "export_lines",
    "files_of_months",
    "month_before",
    "order_ended",
    "prepare",
    "verify",
]
