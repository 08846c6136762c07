"""The gate without a network: what it reads is kept, sent once, and shown until somebody saw it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from service import people
from tests.activities.town import NOW, Town
from tests.browser.conftest import PHONE, Check, OpenPage
from tests.browser.fakecam import Camera
from tests.browser.offline_gate import (
    LEADER,
    THIRTY,
    TOO_YOUNG,
    Gate,
    assert_gapless,
    came,
    crowd,
    gate,
    scans,
    sign_in,
    town,
)
from tests.browser.wire import Wire

__all__ = ["crowd", "gate", "town"]


@pytest.mark.parametrize("crowd", [THIRTY], ids=["thirty"])
def test_thirty_people_without_a_network_and_nothing_is_lost_or_doubled(
    gate: Gate, camera: Camera, town: Town, wire: Wire, audit: Check
) -> None:
    gate.cut()
    for code in THIRTY[:4]:
        camera(town.pass_of(code))
        gate.says(f"{code[-3:]}：签到已记下")
    camera.nothing()
    for code in THIRTY[4:15]:
        gate.types(code)
    gate.shows("没有网络，照常扫码 · 未上传 15 条")
    expect(gate.page.locator("#present")).to_have_text("15")
    audit(gate.page)

    gate.page.reload()
    gate.ready().shows("未上传 15 条")
    expect(gate.page.locator("#present")).to_have_text("15")
    for code in THIRTY[15:19]:
        camera(town.pass_of(code))
        gate.says(f"{code[-3:]}：签到已记下")
    camera.nothing()
    for code in THIRTY[19:]:
        gate.types(code)
    for again in (THIRTY[5], THIRTY[20], THIRTY[29]):
        gate.types(again)
        gate.says("刚才记过了")
    gate.shows("未上传 33 条")
    assert scans(town) == []

    wire.lose("/scans/batches")
    gate.mend()
    gate.calm()
    assert wire.count("/scans/batches") == 2
    assert came(town) == [one for one in THIRTY if one != TOO_YOUNG]
    assert_gapless(scans(town), 33)
    assert len(town.events("CheckedIn")) == 29
    expect(gate.page.locator("#present")).to_have_text("29")


def test_what_the_server_could_not_use_stays_until_a_person_saw_it(
    gate: Gate, town: Town, audit: Check
) -> None:
    gate.cut()
    for code in (TOO_YOUNG, "V0001"):
        gate.types(code)
    gate.mend()
    gate.calm()
    assert came(town) == ["V0001"]
    problems = gate.page.locator("#problems")
    expect(problems.locator("li")).to_have_count(1)
    expect(problems).to_contain_text("年龄")
    audit(gate.page)
    gate.page.reload()
    gate.ready()
    problems.get_by_role("button", name="看过了").click()
    expect(problems).to_be_hidden()
    gate.page.reload()
    gate.ready()
    expect(problems).to_be_hidden()


def test_a_first_try_without_an_answer_goes_up_again_with_its_own_nonce(
    gate: Gate, town: Town, wire: Wire
) -> None:
    wire.lose("/api/v1/scans")
    gate.types("V0001")
    gate.says("签到已记下")
    gate.calm()
    assert wire.count("/api/v1/scans") == 1
    assert [row["volunteer"] for row in scans(town)] == ["V0001"]
    assert len(town.events("CheckedIn")) == 1
    gate.types("V0002")
    gate.says("签到成功")
    assert [row["device_seq"] for row in scans(town)] == [1, 2]


def test_the_scanner_goes_on_after_every_kind_of_failure(
    gate: Gate, camera: Camera, town: Town, wire: Wire
) -> None:
    camera("https://evil.example/c/0123456789abc0")
    gate.says("这不是我们的码")
    wire.busy("/api/v1/scans")
    camera(town.pass_of("V0001"))
    gate.says("001：签到已记下")
    camera.nothing()
    gate.calm()
    gate.page.locator("#code").fill("12345678")
    gate.page.get_by_role("button", name="输入").click()
    gate.says("这张码认不出来")
    camera(town.pass_of("V0002"))
    gate.says("002 签到成功")
    assert came(town) == ["V0001", "V0002"]


def test_a_busy_server_is_left_alone_longer_and_longer(gate: Gate, town: Town, wire: Wire) -> None:
    gate.cut()
    gate.types("V0001")
    wire.busy("/scans/batches", 2)
    gate.mend()
    gate.shows("没有网络")
    gate.calm()
    assert wire.refused["/scans/batches"] == 0
    assert wire.count("/scans/batches") == 1
    assert came(town) == ["V0001"]


def test_a_revoked_gate_forgets_the_people_and_keeps_what_is_unsent(
    gate: Gate, town: Town, wire: Wire, audit: Check
) -> None:
    gate.types("V0001")
    gate.says("签到成功")
    gate.cut()
    for code in ("V0002", "V0003"):
        gate.types(code)
    town.run(people.close_session, token=town.tokens[LEADER], now=NOW)
    gate.mend()
    gate.shows("请重新登录 · 未上传 2 条")
    audit(gate.page)
    assert gate.shelf("rosters") == []
    assert gate.shelf("done") == []
    gate.until(lambda: "/gate/A3" not in gate.pages())
    assert len(gate.queue()) == 2
    assert came(town) == ["V0001"]

    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)
    gate.open().calm()
    assert came(town) == ["V0001", "V0002", "V0003"]


def test_a_gate_let_in_again_in_another_window_goes_on(gate: Gate, town: Town, wire: Wire) -> None:
    gate.cut()
    gate.types("V0001")
    town.run(people.close_session, token=town.tokens[LEADER], now=NOW)
    gate.mend()
    gate.shows("请重新登录 · 未上传 1 条")
    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)
    for waiting, code in enumerate(("V0002", "V0003"), start=2):
        gate.page.locator("#code").fill(gate.number(code))
        gate.page.get_by_role("button", name="输入").click()
        if waiting == 2:
            gate.until(lambda: gate.shelf("rosters"))  # it asked, and was let in
    gate.calm()
    assert came(town) == ["V0001", "V0002", "V0003"]


def test_a_page_from_before_the_sign_in_still_sends(gate: Gate, town: Town, wire: Wire) -> None:
    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)  # the page's token belonged to the old cookie
    gate.types("V0001")
    gate.says("签到成功")


def test_the_file_of_a_gate_counts_once_however_often_it_is_sent(
    gate: Gate, town: Town, wire: Wire, tmp_path: Path, open_page: OpenPage, audit: Check
) -> None:
    gate.cut()
    for code in ("V0001", TOO_YOUNG):
        gate.types(code)
    with gate.page.expect_download() as download:
        gate.page.get_by_role("button", name="导出到文件").click()
    file = tmp_path / "queue.json"
    download.value.save_as(file)
    said = json.loads(file.read_text("utf-8"))
    assert said["format"] == "aixin-gate-queue/1"
    assert [len(one["scans"]) for one in said["queues"]] == [2]
    wire.mend()

    desk = open_page(PHONE, base_url=wire.address)
    sign_in(desk, wire, town.tokens["U-ADM"])
    for words in ("新记 1 条，以前有过 0 条，要看一看 1 条", "新记 0 条"):
        desk.goto("/gate/")
        desk.locator("#f-file").set_input_files(file)
        desk.get_by_role("button", name="上传文件").click()
        expect(desk.locator("main")).to_contain_text(words)
    desk.get_by_text("把这台设为签到平板").click()
    audit(desk)
    assert came(town) == ["V0001"]
    gate.page.context.set_offline(False)
    gate.calm()
    assert came(town) == ["V0001"]


def test_a_file_that_no_gate_wrote_is_refused_in_words(
    wire: Wire, town: Town, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    sign_in(page, wire, town.tokens["U-ADM"])
    file = tmp_path / "queue.json"
    for content in ("no json", "[]", '{"format": "aixin-gate-queue/1", "queues": [{"scans": 3}]}'):
        file.write_text(content)
        page.goto("/gate/")
        page.locator("#f-file").set_input_files(file)
        page.get_by_role("button", name="上传文件").click()
        expect(page.locator("main")).to_contain_text("这不是签到台的文件")
    assert scans(town) == []


def test_who_leads_finds_the_gates_of_the_day(gate: Gate, town: Town, open_page: OpenPage) -> None:
    gate.page.goto("/activities")
    gate.page.get_by_role("link", name="今天的签到台").click()
    expect(gate.page.get_by_role("link", name="打开")).to_have_count(2)
    other = open_page(PHONE, base_url=gate.wire.address)
    sign_in(other, gate.wire, town.tokens["V0001"])
    other.goto("/activities")
    expect(other.get_by_role("link", name="今天的签到台")).to_have_count(0)
    other.goto("/gate/")
    expect(other.locator("main")).to_contain_text("今天没有签到台")
