"""The sign on a shop's counter: it informs, prints, and can start no debit."""

from base64 import b64decode

from service import passes
from tests.redemptions.test_choices import page
from tests.shops.market import Market


def test_a_standee_shows_the_shop_and_changes_nothing(market: Market) -> None:
    before = market.count("redemptions")
    anybody = market.client.get("/m/a?lang=en")
    assert anybody.status_code == 200
    for words in ("Shop A", "Soap", "Up to 8 % off", "/sign-in?next=/m/a"):
        assert words in anybody.text
    main = anybody.text.split("<main", 1)[1].split("</main>")[0]
    assert "<form" not in main
    assert "/home/goods/" not in main
    own = page(market, "/m/a").text
    assert "/home/goods/A/SOAP" in own
    assert market.client.post("/m/a").status_code == 405
    assert market.count("redemptions") == before


def test_a_standee_of_no_shop_says_only_how(market: Market) -> None:
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'B' RETURNING 1")
    pages = {market.client.get(f"/m/{code}?lang=en").text.split("<main", 1)[1] for code in ("zz",)}
    gone = market.client.get("/m/b?lang=en").text
    assert "Soap of B" not in gone
    assert "Show your member code" in gone
    assert "Soap" not in pages.pop()


def test_the_sign_is_printed_by_who_keeps_the_shop(market: Market) -> None:
    path = "/desk/shops/A/standee"
    shown = page(market, path, by="A-OWNER")
    assert shown.status_code == 200
    assert path in page(market, "/desk/shops/A", by="A-OWNER").text
    drawn = shown.text.split('src="data:image/svg+xml;base64,', 1)[1].split('"', 1)[0]
    assert b64decode(drawn).decode() == passes.svg("https://aixin.example/m/a")
    assert page(market, path, by="B-OWNER").status_code == 404
    assert page(market, path, by="V0001").status_code == 403


# Races.
