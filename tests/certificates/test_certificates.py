"""Certificates say what the record says, are issued once, and tell when it changed."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
from flask import Flask
from pypdf import PdfReader

from service import passes
from service.certificates import Press
from service.certificates.queries import next_order
from tests.activities.town import Api, Town, at

UPTO = "2025-10-18"


@pytest.fixture
def recorder(app: Flask, town: Town) -> Api:
    town.clock.set(at("16:00"))
    return Api(app.test_client(), town.tokens["U-ADM"])


@pytest.fixture
def served(recorder: Api, town: Town) -> None:
    """V0001 two hours, V0002 one and a half; V0003 nothing."""
    for code, until in (("V0001", "10:00"), ("V0002", "09:30")):
        enter(recorder, code, until=until)


def enter(recorder: Api, code: str, *, until: str, since: str = "08:00", key: str = "") -> None:
    body = {"volunteer": code, "rule": "R-GEN", "evidence": "sheet 7", "key": key or f"M-{code}"}
    moments = {"claimed_from": at(since).isoformat(), "claimed_to": at(until).isoformat()}
    recorder.post("/awards/manual", {**body, **moments}, status=201)


def order(who: Api, key: str = "one", upto: str = UPTO, **given: Any) -> Any:
    return who.post("/certificates/orders", {"key": key, "upto": upto, **given}, status=202)


def text_of(press: Press) -> list[str]:
    """Every page of the newest file."""
    newest = max((press.folder / "certificates").iterdir(), key=lambda path: path.stat().st_mtime)
    return [page.extract_text() for page in PdfReader(newest).pages]


def tail(town: Town, serial: str) -> str:
    return passes.certificate_tail(town.keys, serial)


def serials(town: Town) -> list[str]:
    found = town.database.rows("SELECT serial FROM certificates ORDER BY id")
    return [row["serial"] for row in found]


@pytest.mark.usefixtures("served")
def test_a_certificate_says_hours_content_unit_and_number_and_no_points(
    recorder: Api, town: Town, press: Press
) -> None:
    order(recorder, volunteer="V0001")
    assert press.fulfil_next() == 1
    [page] = text_of(press)
    said = page.replace("\n", "")
    for part in ("志愿服务记录证明", "FM-2025-00001", "志愿者001", "2.0 小时", "补录 2.0 小时",
                 "2025 年 10 月 18 日", "FM", tail(town, "FM-2025-00001")):  # fmt: skip
        assert part in said
    assert "积分" not in said
    assert "20" not in said.replace("2025", "").replace("2.0", "").split("扫码核验")[0]


@pytest.mark.usefixtures("served")
def test_the_code_on_paper_is_large_enough_for_an_old_telephone(
    recorder: Api, press: Press
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    newest = next((press.folder / "certificates").iterdir())
    [page] = PdfReader(newest).pages
    drawn = re.search(rb"q ([0-9.]+) 0 0 ([0-9.]+) [0-9. ]+ cm /I", page.get_contents().get_data())
    assert drawn is not None
    with_quiet_zone = float(drawn[1]) / 72 * 25.4
    [image] = page.images
    modules = image.image.width // 8
    assert with_quiet_zone * (modules - 8) / modules >= 35  # mm; four modules are quiet a side
    assert drawn[1] == drawn[2]


@pytest.mark.usefixtures("served")
def test_the_same_order_sent_twice_is_one_and_the_number_stays(
    recorder: Api, town: Town, press: Press
) -> None:
    first = order(recorder, volunteer="V0001")
    assert order(recorder, volunteer="V0001")["id"] == first["id"]
    press.fulfil_next()
    order(recorder, key="two", volunteer="V0001")
    assert press.fulfil_next() == 1
    assert serials(town) == ["FM-2025-00001"]
    assert recorder.call("POST", "/certificates/orders", {
        "key": "one", "upto": "2025-10-17", "volunteer": "V0001"}).status_code == 422  # fmt: skip


@pytest.mark.usefixtures("served")
def test_a_worker_that_dies_after_issuing_gives_the_same_numbers_again(
    recorder: Api, town: Town, press: Press
) -> None:
    order(recorder)
    row = press.database.atomic(next_order)
    assert row is not None
    press.issue_all(row)
    assert press.fulfil_next() == 2
    assert serials(town) == ["FM-2025-00001", "FM-2025-00002"]
    assert len(text_of(press)) == 2
    assert press.fulfil_next() is None


@pytest.mark.usefixtures("served")
def test_all_of_a_community_are_printed_with_progress(
    recorder: Api, town: Town, press: Press, told: list[tuple[int, int]]
) -> None:
    ordered = order(recorder)
    assert (ordered["total"], ordered["finished"], ordered["file"]) == (2, False, None)
    press.fulfil_next()
    done = recorder.get(f"/certificates/orders/{ordered['id']}")
    assert (done["done"], done["total"], done["finished"]) == (2, 2, True)
    assert told == [(2, 2)]
    assert len(town.events("CertificateIssued")) == 2


@pytest.mark.usefixtures("served")
def test_anybody_may_check_a_number_and_learns_only_what_is_masked(
    recorder: Api, town: Town, press: Press, app: Flask
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    client = app.test_client()
    page = client.get(f"/v/{tail(town, 'FM-2025-00001')}?lang=en")
    assert page.status_code == 200
    assert "This certificate is genuine." in page.text
    assert "志＊＊＊＊＊" in page.text
    assert "志愿者001" not in page.text
    assert "V0001" not in page.text
    never_issued = tail(town, "FM-2025-00002")
    tails = ("fm-2025-00001.00000000", "fm-2025-00009.7k3m9q2x", "x", never_issued)
    wrong = [client.get(f"/v/{one}?lang=en") for one in tails]
    assert {answer.status_code for answer in wrong} == {404}
    assert len({answer.text for answer in wrong}) == 1


@pytest.mark.usefixtures("served")
def test_looking_at_numbers_is_limited(town: Town, app: Flask) -> None:
    client = app.test_client()
    seen = [client.get(f"/v/fm-2025-0000{n % 9}.00000000").status_code for n in range(32)]
    assert seen == [404] * 30 + [429] * 2


@pytest.mark.usefixtures("served")
def test_service_taken_back_corrects_the_certificate_and_a_new_one_names_the_old(
    recorder: Api, town: Town, press: Press, app: Flask, admin: psycopg.Connection
) -> None:
    enter(recorder, "V0001", since="14:00", until="15:00", key="M-more")
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    admin.execute("UPDATE activities_awards SET status = 'reversed' WHERE key = 'M-more'")
    check = Api(app.test_client(), "")
    first = tail(town, "FM-2025-00001")
    assert check.get(f"/certificates/{first}")["state"] == "corrected"
    order(recorder, key="again", volunteer="V0001")
    press.fulfil_next()
    told = check.get(f"/certificates/{first}")
    assert (told["state"], told["newer"], told["minutes"]) == ("corrected", "FM-2025-00002", 180)
    assert check.get(f"/certificates/{tail(town, 'FM-2025-00002')}")["minutes"] == 120


@pytest.mark.usefixtures("served")
def test_service_recorded_later_leaves_a_certificate_genuine(
    recorder: Api, town: Town, press: Press, app: Flask
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    town.clock.set(at("17:00"))
    enter(recorder, "V0001", since="14:00", until="15:00", key="M-later")
    check = Api(app.test_client(), "")
    assert check.get(f"/certificates/{tail(town, 'FM-2025-00001')}")["state"] == "genuine"


@pytest.mark.usefixtures("served")
def test_a_revoked_certificate_stays_revoked(
    recorder: Api, town: Town, press: Press, app: Flask
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    path = "/certificates/FM-2025-00001/revocation"
    assert recorder.post(path, {"reason": "typed for the wrong person"})["state"] == "revoked"
    first = town.one("SELECT revoked_at FROM certificates")
    town.clock.set(at("17:30"))
    recorder.post(path, {"reason": "again"})
    assert town.one("SELECT revoked_at FROM certificates") == first
    page = app.test_client().get(f"/v/{tail(town, 'FM-2025-00001')}?lang=en").text
    assert "This certificate was revoked." in page
    assert "wrong person" not in page


@pytest.mark.parametrize("column", ["serial", "minutes", "issued_at", "volunteer_id"])
@pytest.mark.usefixtures("served")
def test_what_was_certified_cannot_be_edited(
    recorder: Api, town: Town, press: Press, owner: psycopg.Connection, column: str
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    with pytest.raises(psycopg.Error, match="never edited"):
        owner.execute(f"UPDATE certificates SET {column} = {column}".encode())
    with pytest.raises(psycopg.Error, match="never edited"):
        owner.execute("DELETE FROM certificates")


def test_numbers_have_no_gaps_when_many_are_issued_at_once(
    recorder: Api, town: Town, press: Press
) -> None:
    people = [f"V{n:04}" for n in range(1, 5)]
    for code in people:
        enter(recorder, code, until="09:00")
        order(recorder, key=f"k-{code}", volunteer=code)
    start = Barrier(3)

    def work(_: int) -> int:
        start.wait()
        return sum(1 for _ in iter(press.fulfil_next, None))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) >= 4
    assert sorted(serials(town)) == [f"FM-2025-{n:05}" for n in range(1, 5)]


REFUSED = [
    ({"volunteer": "V0003"}, 409, "nothing-to-certify", "到这一天还没有志愿服务记录"),
    ({"volunteer": "V0001", "upto": "2025-10-19"}, 422, "day-ahead", "“截至日期”还没到"),
    ({"volunteer": "V9999"}, 404, "unknown-volunteer", "没有这位志愿者"),
    ({"volunteer": "G0001"}, 404, "unknown-volunteer", "没有这位志愿者"),
]


@pytest.mark.parametrize(("body", "status", "slug", "words"), REFUSED)
@pytest.mark.usefixtures("served")
def test_an_order_that_cannot_be_is_refused_in_words_and_writes_nothing(
    town: Town, app: Flask, body: dict[str, Any], status: int, slug: str, words: str
) -> None:
    headers = {"Authorization": f"Bearer {town.tokens['U-ADM']}", "Accept-Language": "zh-CN"}
    asked = {"key": "k", "upto": UPTO, **body}
    answer = app.test_client().post("/api/v1/certificates/orders", json=asked, headers=headers)
    assert answer.status_code == status
    assert answer.json["type"].endswith(slug)
    assert words in answer.json["title"]
    assert town.count("certificates_orders") == 0


@pytest.mark.usefixtures("served")
def test_a_volunteer_orders_the_own_certificate_and_sees_nobody_else_s(
    recorder: Api, town: Town, press: Press, app: Flask
) -> None:
    client = app.test_client()
    own = Api(client, town.tokens["V0001"])
    mine = order(own, volunteer="V0002")
    press.fulfil_next()
    assert town.one("SELECT volunteer_id FROM certificates") == town.volunteer("V0001").id
    assert town.one("SELECT params FROM inbox_messages WHERE kind = 'certificate_ready'") == {
        "serial": "FM-2025-00001"
    }
    neighbour = Api(client, town.tokens["V0002"])
    neighbour.get(f"/certificates/orders/{mine['id']}", status=404)
    stranger = Api(client, town.tokens["U-GZ"])
    stranger.get(f"/certificates/orders/{mine['id']}", status=404)
    stranger.call("POST", "/certificates/FM-2025-00001/revocation", {"reason": "x"})
    assert town.one("SELECT revoked_at FROM certificates") is None


@pytest.mark.usefixtures("served")
def test_the_file_goes_after_a_week_and_the_certificate_stays(
    recorder: Api, town: Town, press: Press
) -> None:
    order(recorder, volunteer="V0001")
    press.fulfil_next()
    files = list((press.folder / "certificates").iterdir())
    assert len(files) == 1
    assert press.sweep() == 0
    town.clock.set(at("16:00") + timedelta(days=7))
    assert press.sweep() == 1
    assert not files[0].exists()
    assert town.count("certificates") == 1
    assert town.one("SELECT file FROM certificates_orders") is None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.usefixtures("served")
def test_the_pages_show_what_was_ordered_and_issued(
    recorder: Api, town: Town, press: Press, app: Flask, language: str
) -> None:
    client, query = app.test_client(), f"?lang={language}"

    def page(path: str, who: str) -> str:
        answer = client.get(path + query, headers={"Authorization": f"Bearer {town.tokens[who]}"})
        assert answer.status_code == 200
        return answer.text

    own, desk = ("/me/certificates", "V0001"), ("/desk/certificates", "U-ADM")
    assert "FM-2025-00001" not in page(*own) + page(*desk)
    order(recorder, volunteer="V0001")
    assert all('data-work="/api/v1/certificates/orders/' in page(*one) for one in (own, desk))
    press.fulfil_next()
    for one in (own, desk):
        assert "FM-2025-00001" in page(*one)
        assert ".pdf" in page(*one)
