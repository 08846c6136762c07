"""The pages of the association's house: forms lead from the application to goods on the shelf."""

import pytest

from tests.shops.market import Market

APPLIES = {"code": "C", "name": "Shop C", "kind": "bakery", "community": "MK"}


@pytest.fixture
def officer(market: Market) -> Market:
    """The association's officer in a browser."""
    market.client.set_cookie("aixin_session", market.tokens["U-CH"])
    return market


def form(market: Market, path: str, status: int = 303, **given: str) -> str:
    """Send a form as the browser would; return the page or where it leads."""
    page = market.client.get("/desk/shops").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    answer = market.client.post(path, data={"csrf_token": token, **given})
    assert answer.status_code == status, answer.text[:2000]
    return answer.location or answer.text


def test_the_forms_lead_from_the_application_to_goods_on_the_shelf(officer: Market) -> None:
    at = form(officer, "/desk/shops", **APPLIES)
    assert at == "/desk/shops/C"
    form(officer, f"{at}/steps", step="check", reason="seen", licence_no="L-1")
    terms = {"discount_max_pct": "8", "discount_bill_cap": "20.5"}
    form(officer, f"{at}/steps", step="admit", reason="agreed", **terms)
    form(officer, f"{at}/goods", code="BREAD", name="Bread", value="6", person_limit="2")
    form(officer, f"{at}/goods/BREAD/pledges", key="k", qty="10", document="Agreement")
    form(officer, f"{at}/goods/BREAD/counts", key="k", counted="9")
    page = officer.client.get(f"{at}?lang=en").text
    for words in ("Shop C", "10 of 10 left", "2 a person and day", "60.00", "differs", "20.50"):
        assert words in page, words
    assert officer.stock("BREAD", "C") == 10
    form(officer, f"{at}/goods/BREAD/limits", sold_from="09:00", sold_to="11:30")
    assert "09:00–11:30" in officer.client.get(at).text
    form(officer, f"{at}/goods/BREAD/end", key="k-end", document="Agreement 2")
    assert officer.stock("BREAD", "C") == 0
    assert officer.fen("pledge:C") == 0


@pytest.mark.parametrize("value", ["", "6.001", "-6", "six", "6,00"])
def test_a_value_that_is_no_amount_is_named_and_nothing_is_kept(
    officer: Market, value: str
) -> None:
    told = form(officer, "/desk/shops/A/goods", 422, code="BREAD", name="Bread", value=value)
    assert "value" in told
    assert officer.one("SELECT count(*) FROM shops_goods WHERE code = 'BREAD'") == 0


def test_the_list_shows_each_status_and_pages(officer: Market) -> None:
    form(officer, "/desk/shops", **APPLIES)
    every = officer.client.get("/desk/shops").text
    assert all(f'href="/desk/shops/{code}"' in every for code in "ABC")
    waiting = officer.client.get("/desk/shops?status=applied").text
    assert 'href="/desk/shops/C"' in waiting
    assert 'href="/desk/shops/A"' not in waiting
    later = officer.client.get("/desk/shops?after=B").text
    assert 'href="/desk/shops/C"' in later
    assert 'href="/desk/shops/B"' not in later


def test_an_owner_sees_the_shelf_and_no_step(officer: Market) -> None:
    officer.client.set_cookie("aixin_session", officer.tokens["A-OWNER"])
    page = officer.client.get("/desk/shops/A?lang=en").text
    assert "Count the shelf" in page
    assert "Suspend the shop" not in page
    assert "Pledge more" not in page
    assert officer.client.get("/desk/shops/B").status_code == 404
    form(officer, "/desk/shops/A/steps", 403, step="suspend", reason="x")
    assert officer.one("SELECT status FROM shops WHERE code = 'A'") == "admitted"
