"""Admitting a shop: goods on the shelf, accounts, and the pledge in the books, once."""

from service import shops
from tests.shops.market import BORN, DAY, GOODS, Market


def test_a_pledge_stands_in_the_books_for_the_goods_on_the_shelf(market: Market) -> None:
    pledged = sum(good.value_fen * good.pledged_qty for good in GOODS["A"])
    assert market.fen("pledge:A") == pledged
    assert market.fen("fund") == -pledged - market.fen("pledge:B")
    assert market.stock("SOAP") == 60
    market.check_books()


def test_admitting_twice_changes_nothing(market: Market) -> None:
    before = [
        market.count(table) for table in ("shops", "shops_goods", "shops_terms", "ledger_transfers")
    ]

    def admit(session: object) -> shops.Shop:
        association = shops.add_association(
            session, programme_id=market.programme_id, code="ASSO", name="Association"
        )
        found = shops.shop(session, "A")
        admission = shops.Admission(
            code="A",
            name="Another name",
            kind="grocer",
            community_id=found.community_id,
            terms=shops.Terms(1, 1),
            goods=GOODS["A"],
            pledge_fen=1,
        )
        return shops.admit(
            session, admission, association=association, actor="x", business_day=DAY, now=BORN
        )

    assert market.run(admit).name == "Association·Shop A"
    after = [
        market.count(table) for table in ("shops", "shops_goods", "shops_terms", "ledger_transfers")
    ]
    assert before == after
