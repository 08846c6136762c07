"""Goods for points: what is given, what is refused and why, what is asked first."""

from tests.shops.market import Market


def test_a_scan_and_a_tap_give_a_good_for_points(market: Market) -> None:
    answer = market.redeem("V0001", "SOAP", "k1", qty=2)
    assert (answer["status"], answer["state"], answer["points"]) == ("ok", "captured", 40)
    assert answer["remaining_stock"] == market.stock("SOAP") == 58
    assert market.balance("V0001") == 460
    assert market.fen("pledge:A") == 60 * 400 + 20 * 3000 + 20 * 1500 + 5 * 1000 + 30 * 1000 - 800
    assert market.fen("given-goods:A") == 800
    market.check_books()
