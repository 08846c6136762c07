"""A wrong award is found in three clicks, and so is the proof that it was taken back."""

import re
from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESK, Check, OpenPage
from tests.journeys.replay.client import Client
from tests.live import Site

KEY = "MA-THREE-CLICKS"


def signed_in(client: Client, login: str) -> str:
    body = {"login": login, "password": "aixin-demo"}
    answer = client.api("POST", "/sessions", body)
    assert answer.ok, answer
    return str(answer.body["token"])


@pytest.fixture
def wrong(site: Site) -> None:
    """An award by hand that was wrong, and that two people have taken back."""
    now = site.clock.now()
    body = {
        "volunteer": "FM0200", "rule": "R-GEN", "evidence": "楼道巡查", "key": KEY,
        "claimed_from": (now - timedelta(minutes=90)).isoformat(),
        "claimed_to": (now - timedelta(minutes=30)).isoformat(),
    }  # fmt: skip
    steps = (
        ("U-ADM", "/awards/manual", body),
        ("U-SEC", f"/awards/{KEY}/reversal", {"reason": "当天并不在场"}),
        ("U-SUP", f"/awards/{KEY}/reversal/approval", {}),
    )
    with closing(Client(site.url)) as client:
        for login, path, said in steps:
            answer = client.api("POST", path, said, token=signed_in(client, login))
            assert answer.ok, answer


@pytest.mark.usefixtures("wrong")
def test_a_wrong_award_is_three_clicks_away_and_so_is_the_proof_that_it_was_reversed(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    page, clicks = open_page(DESK, base_url=site.url), []

    def click(what: Locator) -> None:
        clicks.append(what)
        what.click()

    page.goto("/")
    page.get_by_role("button", name=re.compile("社区书记")).click()
    page.wait_for_url("**/desk")
    audit(page)
    click(page.locator('.eq a[href$="/manual"]'))
    row = page.locator("tbody tr", has_text="FM0200")
    expect(row).to_contain_text("已冲正")
    audit(page)
    click(row.get_by_role("link", name=re.compile("打开")))
    expect(page.get_by_text("U-ADM").or_(page.get_by_text("专干")).first).to_be_visible()
    audit(page)
    click(page.get_by_role("link", name=re.compile("冲正")).last)
    expect(page.get_by_role("heading", level=1)).to_contain_text("冲正")
    proof = page.locator("li", has_text="当天并不在场")  # why, who proposed it, who decided
    expect(proof).to_contain_text("社区书记 → 居务监督代表")
    expect(page.locator("tr.sum .closed")).to_have_text("0")
    expect(page.get_by_text(re.compile("[0-9a-f]{64}")).first).to_be_visible()
    assert len(clicks) == 3
