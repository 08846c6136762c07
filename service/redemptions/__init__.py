"""Redemptions: goods for points and discounts by standing, at a shop's till.

How a redemption lives. A key belongs to one shop and one act, for ever. (SQL: migration 0020; the
trigger `only_known_arrows` refuses whatever is not written here.)

from      to               who, and what must be true
-         captured         a till: the code was good when it was scanned and is not used, the shop
                           is admitted, the good is offered at this hour, the shop's and the
                           person's limits of the day, no negative balance, enough points, stock;
                           and no question is open
                           a till, later (offline): the goods have left; each breach is a flag
                           the volunteer's phone, by a shop's ticket
-         refused          a till or phone: the first guard that fails gives the reason
-         waiting          a till or phone: the guards hold, somebody must say whether the same
                           good within the hour is meant (`possible_duplicate`)
-         held             a till: the guards hold, the volunteer's word is missing (`step_up`): a
                           booklet, somebody else who picks up, many points, the n-th of the day
                           the volunteer's phone: chosen there, to be shown (`show_code`)
-         voided           a till: the void came before its original, which is refused for ever
waiting   captured, held, refused
                           the till, with the clerk's answer: all guards again
waiting   voided           the till that gives up
waiting   expired          the sweep, or who comes too late: after 3 minutes
held      captured         step_up: the till with the PIN, or the volunteer's phone
                           show_code: the shop's till, where that volunteer's code is shown;
                           with the PIN when another picks up
held      refused          whoever would capture it: the shop gives nothing any more
held      voided           the till or the volunteer gives up
held      expired          the sweep, or who comes too late: after 3 minutes, a choice after 15
captured  voided           a till of the same shop: the same person's code is shown again, at most
                           the rule set's minutes after it happened, that moment included
captured  partly_reversed, reversed
                           two people, at any time: one proposes so many pieces; who approves is
                           another, does not gain, and is not the owner of the till that proposed it
partly_reversed  partly_reversed, reversed
                           the same, of the pieces that are left

What is posted. PTS: volunteer -p, redeemed:SHOP +p. CNY: pledge:SHOP -v, given-goods:SHOP +v.
to held                    a hold of these, until the same moment; goods, limits and code are taken
held to captured           these, which settles the hold; after midnight they count on the new day
held to anything else      the release of the hold; goods, limits and the code are free
to captured                these
captured to voided         the mirror image: the very lots, the stock and the day's counts come back
to partly_reversed         the mirror image of all, and these for the pieces that are left
to reversed                the mirror image of what was left
anything else              nothing

Events: RedemptionHeld, RedemptionCaptured, RedemptionVoided, RedemptionExpired (of what was held),
ReversalProposed, RedemptionReversed. Every other arrow is refused: refused, expired, voided and
reversed are never left.

Flags of a sale: possible_duplicate, proxy, helper (a relative's phone, 代办; the memo says it too),
serving (in the minute of a service); of one without
network also offline_overdraft, limit_breach, over_batch, oversold, code_used, unverified,
late_upload, off_hours, not_offered, shop_suspended, no_shift; of one that was refused although
the goods had left: offline_bad.
"""

from service.redemptions.actions import expire_one
from service.redemptions.bundles import decide_sales, hold, propose_sales, sales_by_key
from service.redemptions.choices import chosen
from service.redemptions.models import GivenDiscount, Redemption, Reversal, Status
from service.redemptions.offline import tell_batches
from service.redemptions.queries import DayTotals, Waiting, day_totals, of_day, waiting_for
from service.redemptions.telling import tell_of_helpers

__all__ = [
    "DayTotals",
    "GivenDiscount",
    "Redemption",
    "Reversal",
    "Status",
    "Waiting",
    "chosen",
    "day_totals",
    "decide_sales",
    "expire_one",
    "hold",
    "of_day",
    "propose_sales",
    "sales_by_key",
    "tell_batches",
    "tell_of_helpers",
    "waiting_for",
]
