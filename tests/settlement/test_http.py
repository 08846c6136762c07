"""Statements, days and points over HTTP: who may see and sign what, on pages and as JSON."""

import re
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import people
from service.settlement import Press
from service.settlement.rules import Step
from tests.settlement.conftest import OVER, Month
from tests.settlement.test_days import Days
from tests.settlement.test_statements import some_sales
from tests.shops.market import DAY, Market

NUMBER = "A-2025-10-1"
EVERYBODY = ("A-OWNER", "B-OWNER", "U-CH", "U-SEC", "U-ADM", "U-SUP", "U-OTHER")


@pytest.fixture
def press(market: Market) -> Press:
    """The files lie where the application looks for them."""
    folder = market.settings.files_folder
    return Press(
        market.database, folder, "https://aixin.example", market.clock.now, lambda a, b: None
    )


@pytest.fixture
def made(market: Market, month: Month) -> dict[str, Any]:
    """October of shop A is issued; everybody signs in again."""
    some_sales(market)
    row = month.make()
    sign_in(market)
    return {"digest": row.digest, "content": row.content}


def sign_in(market: Market) -> None:
    for code in EVERYBODY:
        staff = market.run(people.staff, code=code)
        token = market.run(people.open_staff_session, staff_id=staff.id, now=market.clock.now())
        market.tokens[code] = token


def page(market: Market, path: str, *, by: str, status: int = 200, lang: str = "en") -> str:
    headers = {"Authorization": f"Bearer {market.tokens[by]}", "Accept-Language": lang}
    answer = market.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.text


def sign(market: Market, step: str, *, by: str, digest: str, **more: Any) -> Any:
    body = {"step": step, "digest": digest, **more}
    return market.post(f"/settlement/statements/{NUMBER}/signatures", body, by=by)


def test_each_office_signs_in_its_turn(market: Market, made: dict[str, Any]) -> None:
    digest = made["digest"]
    assert sign(market, "confirmed", by="U-CH", digest=digest).status_code == 403
    assert sign(market, "confirmed", by="B-OWNER", digest=digest).status_code == 404
    assert sign(market, "reviewed", by="U-CH", digest=digest).status_code == 409
    for step, by in (("confirmed", "A-OWNER"), ("reviewed", "U-CH"), ("closed", "U-SEC")):
        answer = sign(market, step, by=by, digest=digest)
        assert (answer.status_code, answer.json["status"]) == (200, step), answer.text
    assert sign(market, "closed", by="U-OTHER", digest=digest).status_code == 404
    whole = market.get(f"/settlement/statements/{NUMBER}", by="U-SUP").json
    assert [one["step"] for one in whole["signatures"]] == [
        "prepared", "confirmed", "reviewed", "closed",
    ]  # fmt: skip
    assert whole["content"] == made["content"]


@pytest.mark.parametrize("by", ["B-OWNER", "U-OTHER"])
def test_others_are_told_nothing(market: Market, made: dict[str, Any], by: str) -> None:
    assert market.get("/settlement/statements", by=by).json["items"] == []
    assert market.get(f"/settlement/statements/{NUMBER}", by=by).status_code == 404
    page(market, f"/desk/statements/{NUMBER}", by=by, status=404)
    page(market, f"/desk/statements/{NUMBER}/files/pdf", by=by, status=404)


def test_a_volunteer_and_a_till_have_no_business_here(market: Market, made: dict[str, Any]) -> None:
    for who in ("V0001", "A"):
        for path in ("/settlement/statements", "/settlement/days", "/settlement/points"):
            assert market.get(path, by=who).status_code in {401, 403}


@pytest.mark.parametrize("by", ["A-OWNER", "U-CH", "U-SEC", "U-ADM", "U-SUP"])
def test_the_pages_open_in_both_languages(market: Market, made: dict[str, Any], by: str) -> None:
    assert NUMBER in page(market, "/desk/statements", by=by)
    text = page(market, f"/desk/statements/{NUMBER}", by=by)
    assert "Soap" in text
    assert "V0001" not in text
    assert "期末" in page(market, f"/desk/statements/{NUMBER}", by=by, lang="zh")
    page(market, "/desk/closing", by=by)


def test_only_whose_turn_it_is_sees_the_button(market: Market, made: dict[str, Any]) -> None:
    button = "Confirm: these figures are right"
    assert button in page(market, f"/desk/statements/{NUMBER}", by="A-OWNER")
    for by in ("U-CH", "U-SEC", "U-ADM"):
        assert button not in page(market, f"/desk/statements/{NUMBER}", by=by)


def test_bad_input_names_its_field(market: Market, made: dict[str, Any]) -> None:
    answer = sign(market, "prepared", by="A-OWNER", digest="x")
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json["errors"]} == {"#/step", "#/digest"}
    answer = market.post("/settlement/statements", {"month": "2025-13"}, by="U-CH")
    assert answer.json["errors"][0]["pointer"] == "#/month"
    answer = market.post("/settlement/statements", {"month": "2025-11"}, by="U-CH")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/month-not-over")
    page(market, "/desk/statements?month=x", by="U-CH", status=422)
    page(market, "/desk/closing?after=x", by="U-CH", status=422)
    page(market, "/desk/closing/A/yesterday", by="U-CH", status=404)


def test_an_officer_orders_the_shops_of_the_association(market: Market) -> None:
    market.clock.set(OVER)
    sign_in(market)
    said = market.post("/settlement/statements", {"month": "2025-10"}, by="U-CH").json
    assert [(one["shop"], one["status"]) for one in said["items"]] == [
        ("A", "queued"), ("B", "queued"),
    ]  # fmt: skip
    again = market.post("/settlement/statements", {"month": "2025-10"}, by="U-SEC").json
    assert [one["number"] for one in again["items"]] == [one["number"] for one in said["items"]]
    assert (
        market.post("/settlement/statements", {"month": "2025-10"}, by="A-OWNER").status_code == 403
    )


def test_files_are_sent_with_their_digest(
    market: Market, made: dict[str, Any], press: Press
) -> None:
    page(market, f"/desk/statements/{NUMBER}/files/pdf", by="A-OWNER", status=410)
    press.work_off()
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    sent = market.client.get(f"/desk/statements/{NUMBER}/files/pdf", headers=headers)
    assert sent.data.startswith(b"%PDF")
    assert "no-store" in sent.headers["Cache-Control"]
    sent.close()
    side = page(market, f"/desk/statements/{NUMBER}/files/pdf.sha256", by="A-OWNER")
    assert side == f"{sha256(sent.data).hexdigest()}  {NUMBER}.pdf\n"
    page(market, f"/desk/statements/{NUMBER}/files/exe", by="A-OWNER", status=410)


def test_anybody_compares_the_digest_and_learns_no_amount(
    client: FlaskClient, made: dict[str, Any]
) -> None:
    digest = made["digest"]
    answer = client.get(f"/st/{digest[:32]}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert digest[32:] in answer.text
    assert "not signed by all yet" in answer.text
    assert not re.search(r"8\.00|14[.,]82", answer.text)
    for wrong in ("0" * 32, digest[:31], "x" * 32, digest[:32].upper()):
        assert client.get(f"/st/{wrong}").status_code == 404


def test_a_day_s_clean_batches_are_signed_in_one_act(market: Market) -> None:
    at = Days(market)
    at.compare()
    at.sign(Step.CONFIRMED, "staff:A-OWNER")
    row = at.find()
    days = [
        {"shop": "A", "day": str(DAY), "digest": row.digest},
        {"shop": "B", "day": str(DAY), "digest": "0" * 64},
    ]
    body = {"step": "reviewed", "days": days}
    said = market.post("/settlement/days/signatures", body, by="U-CH").json
    assert said["signed"] == 1
    assert [(one["shop"], one["reason"]) for one in said["refused"]] == [("B", "unknown-shop-day")]
    assert at.find().step == Step.REVIEWED
    again = market.post("/settlement/days/signatures", body, by="U-CH").json
    assert again["signed"] == 1
    assert len(at.chain()) == 3


def test_the_form_signs_what_is_ticked(market: Market) -> None:
    at = Days(market)
    at.compare()
    row = at.find()
    shown = page(market, "/desk/closing", by="A-OWNER")
    assert f"A|{DAY}|{row.digest}" in shown
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    form = {"step": "confirmed", "day": f"A|{DAY}|{row.digest}"}
    answer = market.client.post("/desk/closing", data=form, headers=headers)
    assert answer.status_code == 303
    assert "1 day was signed" in page(market, answer.headers["Location"], by="A-OWNER")
    assert at.find().step == Step.CONFIRMED
    shown = page(market, f"/desk/closing/A/{DAY}", by="U-CH")
    assert "Review and sign" in shown
    listed = market.get("/settlement/days", by="U-CH").json["items"]
    assert [(one["shop"], one["step"]) for one in listed] == [("A", "confirmed")]
    assert market.get("/settlement/days", by="B-OWNER").json["items"] == []
    assert market.get(f"/settlement/days/A/{DAY}", by="B-OWNER").status_code == 404


def test_a_month_is_reopened_over_http_by_two(market: Market, made: dict[str, Any]) -> None:
    digest = made["digest"]
    for step, by in (("confirmed", "A-OWNER"), ("reviewed", "U-CH"), ("closed", "U-SEC")):
        assert sign(market, step, by=by, digest=digest).status_code == 200
    lock = "/settlement/months/2025-10/lock"
    assert market.post(lock, {"community": "MK"}, by="U-ADM").status_code == 403
    assert market.post(lock, {"community": "ELSE"}, by="U-SEC").status_code == 404
    locked = market.post(lock, {"community": "MK"}, by="U-SEC")
    assert locked.json["version"] == 1, locked.text
    path = f"/settlement/statements/{NUMBER}/reopenings"
    wish = market.post(path, {"note": "a late sale"}, by="U-CH").json
    own = market.post(f"{path}/{wish['id']}/decision", {"approve": True}, by="U-CH")
    assert own.status_code == 403
    other = market.post(f"{path}/{wish['id']}/decision", {"approve": True}, by="U-SUP")
    assert (other.json["number"], other.json["status"]) == ("A-2025-10-2", "queued")
    assert "opened again" in page(market, "/desk/statements", by="U-SEC")
    assert "took its place" in page(market, f"/desk/statements/{NUMBER}", by="U-SEC")


def test_points_are_the_community_s_own(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    said = market.get(f"/settlement/points?day={DAY}", by="U-SEC").json
    assert (said["community"]["closing"], said["programme"]["closing"]) == (640, 640)
    assert (said["holds"], len(said["items"])) == (True, 4)
    other = market.get(f"/settlement/points?day={DAY}", by="U-OTHER").json
    assert (other["community"]["closing"], other["items"]) == (0, [])
    assert said["programme"] == other["programme"] == said["community"]  # sums of all, whoever asks
    refused = market.get("/settlement/points?community=MK", by="U-OTHER")
    assert refused.status_code == 404
    assert market.get("/settlement/points", by="A-OWNER").status_code == 403
    assert "V0001" in page(market, "/desk/points?month=2025-10", by="U-SEC")
    page(market, "/desk/points?day=2025-02-30", by="U-SEC", status=422)
