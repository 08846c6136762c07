"""The desk's page: the secretary counts, answers and signs without typing an address."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.reconciliation.conftest import DAY, Desk
from tests.reconciliation.test_runs import twice
from tests.shops.market import Market

Work = Callable[[], int]
PAGE = "/desk/reconciliation"


class Reader:
    """A browser that is signed in."""

    def __init__(self, market: Market, who: str, language: str = "en") -> None:
        self.client = market.client
        self.headers = {"Authorization": f"Bearer {market.tokens[who]}"}
        self.headers["Accept-Language"] = language

    def read(self, status: int = 200, **asked: str) -> str:
        answer = self.client.get(PAGE, query_string=asked, headers=self.headers)
        assert answer.status_code == status, answer.text
        text: str = answer.text
        return text

    def send(self, path: str, status: int = 303, **form: Any) -> str:
        answer = self.client.post(f"{PAGE}/{DAY}/{path}", data=form, headers=self.headers)
        assert answer.status_code == status, answer.text
        return str(answer.headers.get("Location", ""))


@pytest.fixture
def secretary(market: Market) -> Reader:
    return Reader(market, "U-SEC")


def test_a_day_from_count_to_signature(market: Market, secretary: Reader, work: Work) -> None:
    twice(market)
    assert "Nothing was compared yet" in secretary.read()
    form = {"stock:A/BULB": "29", "stock:A/SOAP": "", "community": "MK"}
    assert secretary.send("runs", **form) == f"{PAGE}?day={DAY}&community=MK"
    assert "being compared" in secretary.read()
    work()
    page = secretary.read()
    assert "Perhaps recorded twice: receipt RD-7" in page
    assert "Shop A · Bulb · 50 minutes after OFF-1, same pass" in page
    (number,) = set(re.findall(r"/exceptions/(\d+)", page))
    answer = {"resolution": "shop_prevails", "note": "the clerk remembers"}
    secretary.send(f"exceptions/{number}", **answer)
    page = secretary.read()
    assert "No open differences" in page
    assert "the clerk remembers" in page
    assert 'class="closed"' not in page
    secretary.send("close")
    page = secretary.read()
    assert page.count('class="closed">560</span>') == 2  # the equation, and the list of days
    assert "Signed by U-SEC" in page
    assert "U-SEC: had the day compared" in page
    assert "Bulb 29" in page


def test_carrying_over_needs_a_note(market: Market, secretary: Reader, work: Work) -> None:
    secretary.send("runs", **{"stock:A/SOAP": "58"})
    work()
    assert "2 missing on the shelf: Soap" in secretary.read()
    secretary.send("close", status=409)
    secretary.send("close", note="count again")
    page = secretary.read()
    assert "Carried over" in page
    (number,) = set(re.findall(r"/exceptions/(\d+)", page))
    secretary.send(f"exceptions/{number}", resolution="adjusted", note="two were broken")
    page = secretary.read()
    assert "Carried over" not in page
    assert "two were broken" in page


def test_books_that_do_not_balance_are_named(market: Market, secretary: Reader, admin: Any) -> None:
    admin.execute("UPDATE ledger_accounts SET posted = 1 WHERE address = 'volunteer:V0002'")
    assert "Entries, balance and lots differ for: V0002" in secretary.read()


@pytest.mark.parametrize(
    ("who", "status"), [("U-ADM", 200), ("U-SUP", 200), ("U-CH", 200), ("A", 403), ("V0001", 403)]
)
def test_who_may_look(market: Market, who: str, status: int) -> None:
    Reader(market, who).read(status=status)


def test_a_recorder_counts_and_does_not_sign(market: Market, work: Work) -> None:
    recorder = Reader(market, "U-ADM")
    page = recorder.read()
    assert "Compare with the books" in page
    assert "secretary closes the day." in page
    recorder.send("runs")
    work()
    recorder.send("close", status=403)


def test_an_approver_only_reads(market: Market) -> None:
    approver = Reader(market, "U-SUP")
    assert "Compare with the books" not in approver.read()
    approver.send("runs", status=403)


def test_the_association_reads_no_person(market: Market, work: Work) -> None:
    twice(market)
    Desk(market.client, market.tokens["U-SEC"]).run()
    work()
    page = Reader(market, "U-CH").read()
    assert "Perhaps recorded twice" in page
    assert "V0001" not in page


def test_a_count_that_is_no_number_is_refused(secretary: Reader, market: Market) -> None:
    secretary.send("runs", status=422, **{"stock:A/SOAP": "many"})
    assert market.count("reconciliation_counts") == 0


def test_no_such_day_is_not_found(secretary: Reader) -> None:
    secretary.read(status=404, day="tomorrow")


def test_in_chinese_every_word_is_chinese(market: Market, work: Work) -> None:
    reader = Reader(market, "U-SEC", language="zh-CN")
    twice(market)
    reader.send("runs", **{"stock:A/BULB": "29"})
    work()
    page = reader.read()
    assert "疑似重复记账：凭条 RD-7" in page
    assert "当日等式" in page
    assert "还有 1 件差错没有处理" in page
