"""What goes over the wire to a till: its bytes hold no name, balance, history or other shop."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import people
from service.web.rights import LINES
from tests.shops.market import BORN, Market, award

PEOPLE = {  # names, phones and ID numbers that nobody has; balances that nothing else could show
    "V0001": ("欧阳试一", "13900001111", "11010119000101001X", 71_413),
    "V0002": ("欧阳试二", "13900002222", "11010119000101002X", 17_771),
    "V0003": ("欧阳试三", "13900003333", "11010119000101003X", 52_967),
}
TILL = {line.door for line in LINES if "till" in line.who and "gate" not in line.who}
DEAR = 40_000  # points that V0002 has not: 22,229 are missing
SINCE = "2025-10-18T11:59:00+08:00"


@dataclass
class Wire:
    """A till's line: whatever it asks is read along, byte by byte."""

    market: Market
    secrets: set[str]
    met: set[str] = field(default_factory=set)
    log: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.market.tokens['A']}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        client = self.market.client
        answer = client.open(path, method=method, json=body, headers=headers, buffered=True)
        bare = path.split("?", maxsplit=1)[0]
        adapter = client.application.url_map.bind("")
        self.met.add(f"{method} {adapter.match(bare, method=method)[0]}")
        self.listen(f"{method} {path}", answer)
        return answer

    def post(self, path: str, body: Any = None, key: str | None = None) -> TestResponse:
        return self.ask("POST", f"/api/v1{path}", body or {}, key)

    def get(self, path: str) -> TestResponse:
        return self.ask("GET", path)

    def listen(self, what: str, answer: TestResponse) -> None:
        """Find every secret in the bytes: as they are, and as JSON or HTML would write them."""
        said = f"{answer.headers}\n{answer.text}"
        self.log.append((what, said))
        balances = {self.market.balance(who) for who in PEOPLE}
        for secret in self.secrets | {f"{n}" for n in balances} | {f"{n:,}" for n in balances}:
            escaped = secret.encode("unicode_escape").decode()
            assert secret not in said, (what, secret)
            assert escaped not in said, (what, secret)


@pytest.fixture
def wire(market: Market) -> Wire:
    for who, (name, phone, id_no, points) in PEOPLE.items():
        said = {"name": name, "phone": phone, "id_no": id_no}
        number = market.database.rows(f"SELECT id FROM people_volunteers WHERE code = '{who}'")
        market.run(people.write_down, volunteer_id=number[0]["id"], said=said)
        more = points - market.balance(who)
        market.run(award, market=market, code=who, points=more, key=f"more:{who}")
    past = "UPDATE people_volunteers SET opening_minutes = 98760, opening_lifetime = 43219"
    market.database.call(f"{past} RETURNING id")
    market.database.call(
        "UPDATE shops_goods SET points = %(dear)s WHERE code = 'OIL' RETURNING id", {"dear": DEAR}
    )
    other = market.redeem("V0001", "SOAP", "sold-by-b", by="B")
    market.discount("V0003", 98_765, "off-by-b", by="B")
    secrets = {word for name, phone, id_no, _ in PEOPLE.values() for word in (name, phone, id_no)}
    secrets |= {*PEOPLE, *market.pids.values(), "98760", "43219", "43,219", "1646"}
    secrets |= {card.number for card in market.cards.values()}
    secrets |= {str(DEAR - 17_771), f"{DEAR - 17_771:,}"}
    secrets |= {"Soap of B", "Shop B", "Till of B", other["receipt"], "98765", "987.65"}
    return Wire(market, secrets)


def fresh(wire: Wire, who: str) -> str:
    """Somebody's next code: each pays once."""
    wire.market.clock.set(wire.market.clock.now() + timedelta(seconds=31))
    return wire.market.code(who)


def sell(wire: Wire, who: str, good: str, key: str, **more: Any) -> TestResponse:
    code = more.pop("code", None) or fresh(wire, who)
    return wire.post("/redemptions", {"code": code, "good": good, **more}, key)


def test_no_answer_to_a_till_tells_of_a_person_or_of_another_shop(wire: Wire) -> None:
    market = wire.market
    look_around(wire)
    sell_everything(wire)
    undo_and_discount(wire)
    close_the_day(wire)
    tickets_and_choices(wire)
    clerks_come_and_go(wire)
    assert wire.met >= TILL, sorted(TILL - wire.met)
    market.check_books()


def look_around(wire: Wire) -> None:
    """The pages, and looking up by every kind of code, also strange ones."""
    for path in ("/till", "/till?lang=en", "/till/worker.js", "/till/app.webmanifest"):
        assert wire.get(path).status_code == 200
    market = wire.market
    for who in PEOPLE:
        card = market.cards[who]
        for code in (market.code(who), card.url):
            assert wire.post("/till/lookups", {"code": code}).json["tail"] == who[-3:]
    found = wire.post("/till/lookups", {"code": market.code("V0002")}).json
    dear = next(tile for tile in found["tiles"] if tile["good"] == "OIL")
    assert (dear["can"], dear["reason"]) == (False, "insufficient")
    number = market.cards["V0002"].number
    assert wire.post("/till/lookups", {"code": number}).json["via"] == "number"
    assert wire.post("/till/lookups", {"code": "x"}).json["reason"] == "unknown_code"
    wire.get("/api/v1/till/shelf")


def sell_everything(wire: Wire) -> None:
    """A sale, its replay, refusals, a step-up with PINs, and sales without a network."""
    market = wire.market
    assert sell(wire, "V0001", "SOAP", "k1").status_code == 201
    assert sell(wire, "V0002", "OIL", "k2").json["reason"] == "insufficient"
    assert sell(wire, "V0001", "SOAP", "k3", code=market.cards["V0001"].url).status_code == 200
    card = market.cards["V0003"].url
    assert sell(wire, "V0003", "HAT", "k4", code=card).json["status"] == "needs_input"
    assert sell(wire, "V0003", "HAT", "k4", code=card, pin="0000").json["reason"] == "pin_wrong"
    assert sell(wire, "V0003", "HAT", "k4", code=card, pin="4711").json["status"] == "ok"
    old = fresh(wire, "V0002")
    left_at = market.clock.now().isoformat()
    offline = sell(wire, "V0002", "OIL", "k5", code=old, occurred_at=left_at).json
    assert "offline_overdraft" in offline["flags"]
    again = sell(wire, "V0002", "SOAP", "k6", code=market.cards["V0002"].url, pin="4711")
    assert again.json["reason"] == "blocked_negative"
    for key in ("k1", "k4", "k5", "sold-by-b", "none"):
        wire.get(f"/api/v1/redemptions/{key}")


def undo_and_discount(wire: Wire) -> None:
    """Undoing with the right code, another's, a strange key; discounts given and not."""
    market = wire.market
    sell(wire, "V0003", "SOAP", "k7")
    other = {"code": fresh(wire, "V0001")}
    assert wire.post("/redemptions/k7/void", other).json["reason"] == "other_pass"
    own = {"code": fresh(wire, "V0003")}
    assert wire.post("/redemptions/k7/void", own).json["status"] == "ok"
    wire.post("/redemptions/sold-by-b/void", {"code": fresh(wire, "V0001")}, "u1")
    assert market.state("sold-by-b") is not None
    for who in PEOPLE:
        bill = {"code": fresh(wire, who), "bill_fen": 5_000}
        assert wire.post("/discounts", bill, f"d-{who}").json["tail"] == who[-3:]
    twice = {"code": fresh(wire, "V0001"), "bill_fen": 5_000}
    assert wire.post("/discounts", twice, "d-twice").json["status"] == "refused"


def close_the_day(wire: Wire) -> None:
    """The list, a search, a reversal proposed, and the shop's word about its day."""
    listed = wire.get("/api/v1/redemptions").json
    assert {"k1", "k4", "k5"} <= {line["key"] for line in listed["items"]}
    wire.get("/api/v1/redemptions?shop=B")
    wire.get("/api/v1/redemptions?limit=1")
    proposed = wire.post("/redemptions/k4/reversal", {"reason": "brought back"}, "r1")
    assert proposed.status_code == 201, proposed.text
    foreign = wire.post("/redemptions/sold-by-b/reversal", {"reason": "not mine"}, "r2")
    assert foreign.status_code in {403, 404, 409}
    seen = wire.get("/api/v1/till/day").json["totals"]
    wire.post("/till/day", {"seen": seen}, "w1")


def tickets_and_choices(wire: Wire) -> None:
    """A ticket on the till's screen, and what was chosen on the phone."""
    market = wire.market
    made = wire.post("/till/tickets", {"good": "SOAP"}, "t1")
    assert made.status_code == 201, made.text
    wire.get("/api/v1/till/tickets/t1")
    wish = {"shop": "A", "good": "BULB"}
    chosen = market.post("/me/choices", wish, by="V0001", key="wish-00001").json
    found = wire.post("/till/lookups", {"code": fresh(wire, "V0001")}).json
    assert found["intent"]["key"] == chosen["key"]
    done = wire.post(f"/redemptions/{chosen['key']}/capture", {"code": fresh(wire, "V0001")})
    assert done.json["state"] == "captured", done.text


def clerks_come_and_go(wire: Wire) -> None:
    """Whose shift it is, wrong and right PINs, and what the till says of itself."""
    market = wire.market
    wire.post("/till/heartbeat", {"queued": 0, "sent_at": SINCE})
    body = {"label": "甲班", "key": "h1"}
    pin = market.post("/shops/A/clerks", body, by="A-OWNER").json["pin"]
    market.post("/shops/B/clerks", {"label": "乙班", "key": "h2"}, by="B-OWNER")
    wire.secrets.add("乙班")
    wire.get("/api/v1/till/shift")
    assert sell(wire, "V0001", "LAST", "k8").status_code == 409
    wire.post("/till/shift", {"clerk": "甲班", "pin": f"{(int(pin) + 1) % 10_000:04d}"})
    assert wire.post("/till/shift", {"clerk": "甲班", "pin": pin}).json["status"] == "ok"
    wire.get("/api/v1/redemptions")
    wire.ask("DELETE", "/api/v1/till/shift")


def test_the_wire_would_notice(wire: Wire) -> None:
    wire.secrets.add("001")  # the tail: what a till does see
    with pytest.raises(AssertionError, match="001"):
        wire.post("/till/lookups", {"code": fresh(wire, "V0001")})


def test_a_gates_token_opens_nothing_of_a_till(market: Market, client: FlaskClient) -> None:
    given: dict[str, Any] = {"name": "G", "paired_by": "staff:U-ADM", "community_id": 1}
    _, token = market.run(partial(people.pair_device, now=BORN, **given))
    paths = {
        "/till/lookups": {"code": market.code("V0001")},
        "/redemptions": {"code": market.code("V0001"), "good": "SOAP"},
        "/redemptions/k1/void": {},
        "/discounts": {"code": market.code("V0001"), "bill_fen": 100},
        "/till/shift": {"clerk": "1", "pin": "0000"},
    }
    for path, body in paths.items():
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json["type"]) == (403, "/problems/device-not-allowed")
    assert market.count("redemptions") == 0
