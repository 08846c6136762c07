"""Opening the books: what was earned and spent before, dated on the rule set's first day.

`issued` gives all that was ever earned; what is not in the wallet any more lies in
`prior-redeemed`. Points whose month is not stated count as earned on that first day.
"""

from collections import Counter
from datetime import date

from sqlmodel import Session

from service import ledger, programmes
from service.clock import business_day
from service.ledger import Kind, Leg, Reason, Unit
from service.seed.reading import Data
from service.seed.town import ACTOR, Loader, Town

ISSUED, PRIOR = "issued", "prior-redeemed"
SINKS = (ISSUED, PRIOR, ledger.EXPIRED)


def open_books(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Open the programme's accounts and every wallet, and post what is in them."""
    for address in SINKS:
        open_account(session, town, address, place=ledger.HOT_END, loader=loader)
    first_day = business_day(town.opened_at)
    rules = programmes.rule_set(session, town.programme_id, first_day)
    for row in data["volunteers"]:
        wallet = f"volunteer:{row['code']}"
        open_account(session, town, wallet, place=ledger.WALLET, loader=loader)
        points = lots(row, rules, first_day)
        post_opening(session, town, row, by_expiry=points, loader=loader)


def open_account(
    session: Session, town: Town, address: str, *, place: ledger.Place, loader: Loader
) -> None:
    """Open one account of points."""
    ledger.open_account(
        session,
        programme_id=town.programme_id,
        address=address,
        unit=Unit.PTS,
        place=place,
        now=loader.now,
    )


def lots(row: Data, rules: programmes.RuleSet, first_day: date) -> dict[date, int]:
    """Return a volunteer's opening points by the day they expire."""
    stated = row["opening_lots"]
    if not stated:
        return {rules.lot_expiry(first_day): row["opening_balance"]}
    found: Counter[date] = Counter()
    for lot in stated:
        year, month = map(int, lot["earned"].split("-"))
        found[rules.lot_expiry(date(year, month, 1))] += lot["points"]
    return dict(sorted(found.items()))


def post_opening(
    session: Session, town: Town, row: Data, *, by_expiry: dict[date, int], loader: Loader
) -> None:
    """Post one transfer a lot; the first one carries what was spent before the books, too."""
    balance, lifetime = row["opening_balance"], town.volunteers[row["code"]].opening_lifetime
    spent = lifetime - balance
    for at, (expires_on, points) in enumerate(by_expiry.items()):
        legs = (
            Leg(ISSUED, Unit.PTS, -points - spent),
            Leg(f"volunteer:{row['code']}", Unit.PTS, points),
            Leg(PRIOR, Unit.PTS, spent),
        )
        moving = tuple(leg for leg in legs if leg.amount)
        if moving:
            reason = opening_reason(town, row["code"], at, expires_on)
            ledger.post(session, reason, kind=Kind.OPEN, legs=moving, now=loader.now)
        spent = 0


def opening_reason(town: Town, code: str, at: int, expires_on: date) -> Reason:
    """Say why opening points stand in a wallet."""
    key = f"open:{code}" if at == 0 else f"open:{code}:{at + 1}"
    return Reason(
        programme_id=town.programme_id,
        key=key,
        actor=ACTOR,
        source=f"volunteer:{code}",
        occurred_at=town.opened_at,
        business_day=business_day(town.opened_at),
        lot_expires_on=expires_on,
    )
