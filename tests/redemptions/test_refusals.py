"""Every way to ask wrongly: a problem in the reader's language, and not one row written."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.db import Database
from service.redemptions import actions
from tests.shops.market import Market

PATH = "/api/v1/redemptions"
BODY = {"good": "SOAP"}
LANGUAGES = {"zh": "zh-CN,zh;q=0.9", "en": "en-GB"}
WRITTEN = (
    "redemptions",
    "redemptions_discounts",
    "ledger_transfers",
    "ledger_entries",
    "outbox_events",
    "passes_uses",
    "trail_records",
)


class Wrong:
    """Asks wrongly, in one language."""

    def __init__(self, market: Market, language: str) -> None:
        self.market, self.language = market, language

    def ask(self, *, by: str | None = "A", key: str = "k1", **given: Any) -> TestResponse:
        headers = {"Accept-Language": self.language, "Idempotency-Key": key}
        if by:
            headers["Authorization"] = f"Bearer {self.market.tokens[by]}"
        return self.market.client.post(PATH, headers=headers, **given)

    def body(self, **changed: Any) -> dict[str, Any]:
        return {**BODY, "code": self.market.code("V0001"), **changed}


def in_flight(wrong: Wrong) -> TestResponse:
    shop = wrong.market.one("SELECT id FROM shops WHERE code = 'A'")
    slow = Database(wrong.market.settings.database_url, pool_max=1)

    def hold(session: Any) -> TestResponse:
        actions.lock_key(session, shop_id=shop, key="k1")
        return wrong.ask(json=wrong.body())

    answer = slow.atomic(hold)
    slow.close()
    return answer


def reused(wrong: Wrong) -> TestResponse:
    return wrong.ask(key="first", json=wrong.body(qty=2))


CASES: dict[str, tuple[int, Callable[[Wrong], TestResponse]]] = {
    "malformed": (400, lambda w: w.ask(data=b"{", content_type="application/json")),
    "not-json": (415, lambda w: w.ask(data=b"good=SOAP", content_type="text/plain")),
    "wrong-type": (422, lambda w: w.ask(json=w.body(qty="2"))),
    "unknown-field": (422, lambda w: w.ask(json=w.body(price=1))),
    "huge": (413, lambda w: w.ask(json=w.body(proxy="x" * 2_000_000))),
    "unknown-good": (404, lambda w: w.ask(json=w.body(good="NOTHING"))),
    "wrong-role": (403, lambda w: w.ask(by="U-SEC", json=w.body())),
    "nobody": (401, lambda w: w.ask(by=None, json=w.body())),
    "key-reused": (422, reused),
    "key-in-flight": (409, in_flight),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_request_is_a_problem_in_two_languages_and_writes_nothing(
    market: Market, case: str
) -> None:
    status, ask = CASES[case]
    assert Wrong(market, "en").ask(key="first", json=Wrong(market, "en").body()).status_code < 300
    before = {table: market.count(table) for table in WRITTEN}
    titles = {}
    for name, language in LANGUAGES.items():
        answer = ask(Wrong(market, language))
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        assert answer.json is not None
        titles[name] = answer.json["title"]
    assert titles["en"].isascii()
    assert not titles["zh"].isascii()
    assert {table: market.count(table) for table in WRITTEN} == before


@pytest.mark.parametrize(
    "code",
    [
        "https://evil.example/c/7k3m9qx2vwp4t0",
        "https://aixin.example@evil.example/p/x.1.abc",
        "javascript:alert(1)",
        "/c/0000000000000*",
    ],
)
def test_a_foreign_or_unknown_code_is_the_same_refusal_and_moves_nothing(
    market: Market, code: str
) -> None:
    before = {table: market.count(table) for table in ("ledger_transfers", "passes_uses")}
    answer = Wrong(market, "en").ask(json={**BODY, "code": code})
    assert answer.json is not None
    assert (answer.json["status"], answer.json["reason"]) == ("refused", "unknown_code")
    assert {table: market.count(table) for table in before} == before
