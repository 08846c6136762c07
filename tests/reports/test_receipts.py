"""A receipt says what happened and proves it, to whoever was given its address."""

import json
import re
from collections.abc import Callable
from functools import partial
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import ledger, passes
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.proof import InclusionProof, SigningKey, leaf_hash
from tests.reports.conftest import Town
from tests.shops.market import Market, build

ORIGIN = "aixin.example/ledger"
KEY = SigningKey.generate(ORIGIN)


@pytest.fixture
def seal(town: Town, database: Database) -> Callable[[], ledger.Head]:
    """Let the sealer come by."""

    def come() -> ledger.Head:
        work = partial(ledger.seal, signers=[KEY], origin=ORIGIN, now=town.clock.now())
        head = database.atomic(work)
        assert head is not None
        return head

    return come


def link(town: Town, person: str) -> str:
    """The address of the newest line in somebody's history."""
    return re.findall(r'href="(/t/[^"]+)"', town.page(person, "/home/history"))[0]


def opened(town: Town, address: str, language: str = "en") -> str:
    """What a stranger sees there."""
    answer = town.client.get(f"{address}?lang={language}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def data(page: str) -> dict[str, Any]:
    """What the page gives its script."""
    found: dict[str, Any] = json.loads(
        re.findall(r'<template id="receipt">(.*?)</template>', page)[0]
    )
    return found


def test_a_volunteer_s_link_opens_for_whoever_holds_it(
    town: Town, served: Callable[[str], Any], seal: Callable[[], ledger.Head]
) -> None:
    served("FM0003")
    address = link(town, "FM0003")
    waiting = opened(town, address)
    assert "Not sealed yet" in waiting
    assert "look again in 5 minutes" in waiting
    head = seal()
    page = opened(town, address)
    assert f"number {head.size:,} of {head.size:,}" in page
    assert "周六清洁家园" in page
    assert "+20" in page
    assert "ends in 003" in page
    assert "已封存" in opened(town, address, "zh")


def test_the_proof_on_the_page_leads_from_its_words_to_the_signed_head(
    town: Town, served: Callable[[str], Any], seal: Callable[[], ledger.Head]
) -> None:
    served("FM0003")
    seal()
    address = link(town, "FM0003")
    said = data(opened(town, address))
    leaf = leaf_hash([field.encode() for field in said["fields"]])
    assert leaf.hex() == said["leaf"]
    proof = InclusionProof.parse(town.client.get(f"{address}/proof").text)
    assert proof.extra == leaf
    assert proof.proves(leaf, origin=ORIGIN, keys=[KEY.verify_key])
    assert not proof.proves(leaf_hash([b"other"]), origin=ORIGIN, keys=[KEY.verify_key])


def test_no_number_of_a_booklet_can_be_read_on_it(
    town: Town, served: Callable[[str], Any], seal: Callable[[], ledger.Head]
) -> None:
    served("FM0003")
    seal()
    page = opened(town, link(town, "FM0003"))
    seen = re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)
    assert "volunteer:•••003" in seen
    assert "volunteer:•••012" in seen  # the leader who confirmed
    assert not re.search(r"FM0\d\d\d", seen)


@pytest.mark.parametrize(
    "change",
    [
        lambda tail: tail[:-1] + ("0" if tail[-1] != "0" else "1"),
        lambda tail: "9999999" + tail[tail.index(".") :],
        lambda tail: tail.split(".")[0],
        lambda tail: tail.replace(".", ".."),
        lambda tail: "0" + tail,
        lambda tail: tail + "/proofs",
        lambda tail: "x" * 400,
        lambda tail: "%00",
    ],
)
def test_every_wrong_address_is_the_same_plain_404(
    town: Town, change: Callable[[str], str]
) -> None:
    tail = link(town, "FM0001").removeprefix("/t/")
    wrong = town.client.get(f"/t/{change(tail)}")
    nothing = town.client.get("/no-such-page")
    assert (wrong.status_code, nothing.status_code) == (404, 404)
    assert wrong.text == nothing.text.replace("/no-such-page", f"/t/{change(tail)}")


def test_a_right_tag_for_an_entry_that_is_gone_is_the_same_404(
    town: Town, settings: Settings
) -> None:
    keys = passes.keyring(settings.secret_key, settings.public_url)
    gone = passes.receipt_tail(keys, 10**12)
    assert town.client.get(f"/t/{gone}").status_code == 404
    assert town.client.get(f"/t/{gone}/proof").status_code == 404


def test_there_is_no_file_before_the_sealing_and_looking_changes_nothing(
    town: Town, database: Database
) -> None:
    address = link(town, "FM0001")
    assert town.client.get(f"{address}/proof").status_code == 404
    assert town.client.post(address).status_code == 405
    before = database.rows("SELECT count(*) AS n FROM ledger_unsealed")
    opened(town, address)
    assert database.rows("SELECT count(*) AS n FROM ledger_unsealed") == before


def test_searches_and_caches_keep_nothing_of_it(town: Town) -> None:
    answer = town.client.get(link(town, "FM0001"))
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_code_on_it_leads_back_to_it(town: Town, settings: Settings) -> None:
    keys = passes.keyring(settings.secret_key, settings.public_url)
    address = link(town, "FM0001")
    transfer = passes.read_receipt(keys, address.removeprefix("/t/"))
    assert transfer is not None
    assert passes.receipt_url(keys, transfer) == settings.public_url + address
    assert passes.data_uri(settings.public_url + address) in opened(town, address)


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    """Two shops with a till each."""
    return build(database, settings, clock, client)


def test_goods_and_their_undoing_say_shop_and_good(
    market: Market, database: Database, client: FlaskClient
) -> None:
    """A redemption at a till, and the entry that put its points back."""
    market.redeem("V0001", "SOAP", "RD-1")
    market.void("RD-1", "V0001", undo="UN-1")
    sql = "SELECT id, kind FROM ledger_transfers WHERE kind IN ('redeem', 'void') ORDER BY id"
    bought, undone = (
        unescape(client.get(f"/t/{passes.receipt_tail(market.keys, row['id'])}?lang=en").text)
        for row in database.rows(sql)
    )
    for said in ("Soap", "−20", "ends in 001", "Reversed since"):
        assert said in bought
    for said in ("Put back: ", "Soap", "+20"):
        assert said in undone
    assert "V0001" not in bought + undone
