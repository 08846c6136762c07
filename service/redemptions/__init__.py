"""Redemptions: goods for points and discounts by standing, at a shop's till.

How a redemption lives. A key belongs to one shop and one act, for ever.

to captured
  by a till, at once: the code was good when it was scanned and is not used, the day's limit, no
    negative balance, enough points, stock; and no question is open
  by a till, later (offline): nothing is asked, the goods have left; each breach is a flag
  from waiting, by the till with the PIN or the clerk's answer, or by the volunteer's phone:
    all guards again, within 3 minutes
  posts volunteer -p, redeemed:SHOP +p (PTS); pledge:SHOP -v, given-goods:SHOP +v (CNY)
to refused
  by a till, or from waiting: the first guard that fails gives the reason; posts nothing
to waiting
  by a till: all guards hold, but a question is open: `possible_duplicate`, then `step_up`
  from waiting, when the answer to the first question opens the second; posts nothing
to expired
  from waiting, by the sweep or by whoever comes too late: 3 minutes are over; posts nothing
to voided
  from captured, by a till of the same shop: the same person's code is shown again, at most
    the rule set's minutes after it happened, that moment included
    posts the mirror image; the very lots, the stock and the day's count come back
  from waiting, by the till that gives up; posts nothing
  from nothing, by a void that comes before its original: a tombstone, the original is refused
to reversed
  from captured, by two people, at any time: the approver is not the proposer and does not gain
  posts the same mirror image

Every other arrow is refused: refused, expired, voided and reversed are never left.
"""

from service.redemptions.actions import expire_one
from service.redemptions.choices import chosen
from service.redemptions.models import GivenDiscount, Redemption, Reversal, Status
from service.redemptions.queries import DayTotals, Waiting, day_totals, of_day, waiting_for

__all__ = [
    "DayTotals",
    "GivenDiscount",
    "Redemption",
    "Reversal",
    "Status",
    "Waiting",
    "chosen",
    "day_totals",
    "expire_one",
    "of_day",
    "waiting_for",
]
