"""Several associations: who founds them, who leads which, and that none sees another's shops."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from service import people, shops
from service.reconciliation.models import Difference
from tests.shops.market import BORN, DAY, Market, employ
from tests.shops.test_pictures import photo

NEW = {"code": "NORTH", "name": "Northern Association", "community": "MK", "login": "U-CH"}


@pytest.fixture
def town(market: Market) -> Market:
    """A market with an administrator of its sub-district, and one of another."""
    market.run(found_staff, market=market)
    return market


def found_staff(session: Session, *, market: Market) -> None:
    other = people.found_unit(
        session, kind=people.UnitKind.SUBDISTRICT, code="FAR", name="Far away"
    )
    assert other.id is not None
    administrator = people.Role.ADMINISTRATOR
    employ(session, market, "U-ADMIN", role=administrator, scope="TOWN")
    employ(session, market, "U-FAR", role=administrator, scope="FAR")
    employ(session, market, "U-NORTH", role=people.Role.GRID, scope="ELSE")


@pytest.fixture
def two(town: Market) -> Market:
    """Two associations, ASSO with the shops A and B, NORTH with N; U-CH leads both, U-NORTH one."""
    found(town)
    town.run(open_northern_shop)
    named(town, "U-NORTH")
    return town


def open_northern_shop(session: Session) -> None:
    place = people.unit(session, "MK")
    north = shops.add_association(
        session, programme_id=place.programme_id or 0, code="NORTH", name=NEW["name"]
    )
    admission = shops.Admission(
        code="N",
        name="Northern Shop",
        kind="bakery",
        community_id=place.id or 0,
        terms=shops.Terms(5, 1000),
        goods=(shops.NewGood("BUN", "Bun", 200, 10, 40),),
        pledge_fen=8000,
    )
    shops.admit(session, admission, association=north, actor="x", business_day=DAY, now=BORN)


def found(market: Market, status: int = 201, *, by: str = "U-ADMIN", **more: Any) -> Any:
    answer = market.post("/associations", {**NEW, **more}, by=by)
    assert answer.status_code == status, answer.text
    return answer.json


def named(market: Market, login: str, *, by: str = "U-ADMIN", code: str = "NORTH") -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.put(f"/api/v1/associations/{code}/officers/{login}", headers=headers)


def dismissed(market: Market, login: str, *, by: str = "U-ADMIN") -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.delete(f"/api/v1/associations/NORTH/officers/{login}", headers=headers)


def seen(market: Market, by: str, query: str = "") -> list[str]:
    return [one["code"] for one in market.get(f"/shops{query}", by=by).json["items"]]


def test_the_administrator_founds_an_association_with_its_officer(town: Market) -> None:
    told = found(town)
    assert told["officers"] == [{"login": "U-CH", "title": "U-CH"}]
    assert found(town) == told
    assert town.count("shops_associations") == 2
    listed = town.get("/associations", by="U-ADMIN").json
    assert [one["code"] for one in listed["items"]] == ["ASSO", "NORTH"]
    assert town.count("trail_records WHERE action LIKE 'association.%%'") == 2


@pytest.mark.parametrize("code", ["A", "MK", "TOWN", "ASSO"])
def test_no_association_has_the_code_of_a_shop_or_a_place(town: Market, code: str) -> None:
    told = found(town, 409, code=code)
    assert (told["type"], told["errors"][0]["pointer"]) == ("/problems/code-taken", "#/code")
    assert town.count("shops_associations") == 1
    applies = {"code": "ASSO", "name": "Shop", "kind": "bakery", "community": "MK"}
    assert town.post("/shops", applies, by="U-CH").json["type"] == "/problems/code-taken"


@pytest.mark.parametrize("who", ["U-CH", "U-SEC", "U-ADM", "A-OWNER", "V0001", "A"])
def test_nobody_else_founds_or_names(town: Market, who: str) -> None:
    found(town, 403, by=who)
    assert town.get("/associations", by=who).status_code == 403
    assert named(town, "U-CH", by=who, code="ASSO").status_code == 403


def test_another_sub_district_s_administrator_sees_and_changes_nothing(two: Market) -> None:
    assert two.get("/associations", by="U-FAR").json["items"] == []
    assert found(two, 404, by="U-FAR", code="X")["type"] == "/problems/unknown-unit"
    assert named(two, "U-FAR", by="U-FAR").json["type"] == "/problems/unknown-association"
    assert dismissed(two, "U-CH", by="U-FAR").status_code == 404
    assert seen(two, "U-CH") == ["A", "B", "N"]


def test_an_unknown_officer_founds_nothing(town: Market) -> None:
    assert found(town, 404, login="NOBODY")["type"] == "/problems/unknown-staff"
    assert town.count("shops_associations") == 1


def test_an_officer_of_two_sees_both_and_picks_one(two: Market) -> None:
    assert seen(two, "U-CH") == ["A", "B", "N"]
    assert seen(two, "U-CH", "?association=NORTH") == ["N"]
    assert seen(two, "U-CH", "?association=ASSO&status=admitted") == ["A", "B"]
    two.client.set_cookie("aixin_session", two.tokens["U-CH"])
    page = two.client.get("/desk/shops?lang=en").text
    assert "Northern Association" in page
    assert "80.00" in page  # pledged to the one
    assert "<td>Association</td>" in page


def test_an_officer_of_one_sees_one_and_totals_of_one(two: Market) -> None:
    assert seen(two, "U-NORTH") == ["N"]
    assert seen(two, "U-NORTH", "?association=ASSO") == []
    two.client.set_cookie("aixin_session", two.tokens["U-NORTH"])
    page = two.client.get("/desk/shops?lang=en").text
    assert "Northern Association" in page
    assert "ASSO" not in page
    assert "Shop A" not in page


def test_figures_and_differences_of_other_associations_are_not_told(two: Market) -> None:
    two.redeem("V0001", "SOAP", "k1")
    wrong = {"day": str(DAY), "stock_counts": {"A/SOAP": 1, "N/BUN": 1}, "community": "MK"}
    assert two.post("/reconciliation/runs", wrong, by="U-NORTH").status_code == 422
    own = {**wrong, "stock_counts": {"N/BUN": 40}}
    assert two.post("/reconciliation/runs", own, by="U-NORTH").status_code == 202
    told = two.get("/reports/shops", by="U-NORTH").json["items"]
    assert [one["code"] for one in told] == ["N"]
    whole = two.get("/reports/shops", by="U-CH").json["items"]
    assert [one["code"] for one in whole] == ["A", "B", "N"]
    two.run(write_difference, market=two)
    assert two.get("/reconciliation/exceptions", by="U-NORTH").json["items"] == []
    seen_by_both = two.get("/reconciliation/exceptions", by="U-CH").json["items"]
    assert [one["shop"] for one in seen_by_both] == ["A"]
    two.client.set_cookie("aixin_session", two.tokens["U-NORTH"])
    page = two.client.get(f"/desk/reconciliation?lang=en&day={DAY}&community=MK").text
    assert "Northern Shop" in page
    assert "Shop A" not in page


def test_tills_and_sales_of_other_associations_are_not_told(two: Market) -> None:
    two.redeem("V0001", "SOAP", "k1")
    till = two.one("SELECT d.id FROM people_devices d JOIN shops s ON s.id = d.shop_id"
                   " WHERE s.code = 'A'")  # fmt: skip
    sale = two.one("SELECT id FROM redemptions")
    assert two.post("/tills/claims", {"shop": "A"}, by="U-NORTH").status_code == 404
    assert two.post("/tills/claims", {"shop": "N"}, by="U-NORTH").status_code == 201
    assert two.get("/tills", by="U-NORTH").json["items"] == []
    assert two.get("/redemptions?shop=A", by="U-NORTH").status_code == 404
    reverse = {"reason": "by mistake", "shop": "A"}
    assert two.post("/redemptions/k1/reversal", reverse, by="U-NORTH").status_code == 404
    headers = {"Authorization": f"Bearer {two.tokens['U-NORTH']}"}
    shut_out = two.client.delete(f"/api/v1/tills/{till}", headers=headers)
    assert shut_out.status_code == 404
    for path, status in ((f"/desk/sales/{sale}", {404}), ("/desk/sales", {200}),
                         ("/desk/tills", {200})):  # fmt: skip
        answer = two.client.get(path, headers=headers)
        assert answer.status_code in status, path
        assert "Shop A" not in answer.text
        assert "Soap" not in answer.text
    assert two.one("SELECT count(*) FROM people_devices WHERE revoked_at IS NOT NULL") == 0
    assert two.state("k1") == "captured"


def test_a_desk_elsewhere_opens_no_person_here(two: Market) -> None:
    two.run(write_difference, market=two)
    grid = two.run(people.staff, code="U-NORTH")
    recorder = {"role": people.Role.RECORDER, "scope_code": "ELSE"}
    two.run(people.grant, staff_id=grid.id, **recorder)
    assert two.get("/reconciliation/exceptions", by="U-NORTH").json["items"] == []


def write_difference(session: Session, *, market: Market) -> None:
    """A difference on shop A's shelf, as the evening's comparison writes it."""
    row = Difference(
        programme_id=market.programme_id,
        community_id=people.unit(session, "MK").id or 0,
        day=DAY,
        kind="STOCK_DIFF",
        subject="A",
        reference="SOAP",
        detail={"shop": "A", "good": "SOAP", "counted": 1, "booked": 60, "difference": -59},
        opened_at=market.clock.now(),
    )
    session.add(row)


def test_an_office_ends_with_the_next_request(two: Market) -> None:
    for _ in range(2):
        assert dismissed(two, "U-CH").json["officers"] == [{"login": "U-NORTH", "title": "U-NORTH"}]
    assert seen(two, "U-CH") == ["A", "B"]
    assert two.get("/shops/N", by="U-CH").status_code == 404


def routes_of_a_shop(market: Market) -> Iterator[tuple[str, str]]:
    """Every method and address of the service that names a shop, filled in for shop A."""
    device = market.one("SELECT id FROM people_devices ORDER BY id LIMIT 1")
    given = {"code": "A", "good": "SOAP", "shop": "A", "device_id": device, "act": "counts"}
    given |= {"label": "1", "clerk": "1", "clerk_id": "1"}
    for rule in market.client.application.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in OPEN or "/shops/<" not in rule.rule:
            continue
        with market.client.application.test_request_context():
            _, address = rule.build({name: given[name] for name in rule.arguments}) or ("", "")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address.partition("?")[0]


OPEN = {"static", "landing", "standee"}  # a shop's public page is everybody's


def test_no_route_opens_another_association_s_shop(two: Market) -> None:
    asked = list(routes_of_a_shop(two))
    assert len(asked) > 20
    before = two.one("SELECT max(id) FROM trail_records")
    headers = {"Authorization": f"Bearer {two.tokens['U-NORTH']}"}
    for method, address in asked:
        answer = two.client.open(address, method=method, headers=headers, **body(address))
        assert answer.status_code == 404, (method, address, answer.status, answer.text[:300])
        assert "Soap" not in answer.text
    met = two.client.get("/api/v1/shops/A", headers=headers)
    assert met.status_code == 404
    assert two.one("SELECT max(id) FROM trail_records") == before


def body(address: str) -> dict[str, Any]:
    """What would be taken from the shop's own officer."""
    if address.endswith("/picture"):
        head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="x"\r\n\r\n'
        kind = "multipart/form-data; boundary=x"
        return {"data": head + photo(9) + b"\r\n--x--\r\n", "content_type": kind}
    found = next((names for end, names in TAKEN.items() if address.endswith(end)), ())
    api = address.startswith("/api")
    other = YUAN if api else FEN
    said = {name: WORDS[name] for name in found if name not in other}
    return {"json": said} if api else {"data": said}


FEN, YUAN = {"value_fen", "discount_bill_cap_fen"}, {"value", "discount_bill_cap"}


WORDS = {
    "key": "k", "document": "d", "reason": "r", "step": "suspend", "qty": 1, "counted": 1,
    "from_day": date(2030, 1, 1).isoformat(), "discount_max_pct": 99, "code": "X", "name": "X",
    "label": "1", "pin": "1234", "role": "clerk", "value_fen": 100, "value": "1",
    "discount_bill_cap_fen": 1, "discount_bill_cap": "1", "good-SOAP": "1",
}  # fmt: skip
TAKEN: dict[str, tuple[str, ...]] = {
    "/steps": ("step", "reason"),
    "/terms": ("key", "from_day", "discount_max_pct", "document", "discount_bill_cap_fen",
               "discount_bill_cap"),
    "/pledges": ("key", "qty", "document"),
    "SOAP/counts": ("key", "counted"),
    "A/counts": ("key", "good-SOAP"),
    "/end": ("key", "document"),
    "/goods": ("code", "name", "value_fen", "value"),
    "/clerks": ("key", "label", "role"),
    "/pin": ("key",),
    "/licences": ("reason",),
}  # fmt: skip


@pytest.fixture
def desk(town: Market) -> Market:
    """The administrator in a browser."""
    town.client.set_cookie("aixin_session", town.tokens["U-ADMIN"])
    return town


def test_the_page_founds_names_and_dismisses(desk: Market) -> None:
    assert desk.client.get("/").location == "/desk/associations"

    def send(path: str, **given: str) -> None:
        page = desk.client.get("/desk/associations").text
        token = page.split('name="csrf-token" content="')[1].split('"')[0]
        answer = desk.client.post(path, data={"csrf_token": token, **given})
        assert (answer.status_code, answer.location) == (303, "/desk/associations"), answer.text

    send("/desk/associations", code="NORTH", name="Northern Association", community="MK")
    assert "nobody leads it" in desk.client.get("/desk/associations?lang=en").text
    send("/desk/associations/NORTH/officers", login="U-NORTH")
    assert "U-NORTH" in desk.client.get("/desk/associations?lang=en").text
    send("/desk/associations/NORTH/dismissals", login="U-NORTH")
    assert "nobody leads it" in desk.client.get("/desk/associations?lang=en").text
