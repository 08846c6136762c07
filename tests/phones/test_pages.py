"""Binding over HTTP: the desk's page, the phone's page, the volunteer's page."""

import re

import pytest
from sqlmodel import Session

from service import passes, people
from service.passes.sign_in import sign_in_volunteer
from tests.people import neighbourhood
from tests.people.neighbourhood import bearer
from tests.phones.conftest import Desk, nonce_of, shown

AT = "/desk/volunteers/EA0001/phones"


def key_of(desk: Desk) -> str:
    page = desk.client.get(AT, headers=desk.recorder)
    return re.search(r'name="key" value="([^"]+)"', page.text)[1]


def test_a_code_is_shown_scanned_typed_and_opens_the_home(desk: Desk) -> None:
    page = desk.post(AT, {"key": key_of(desk)})
    assert page.headers["Cache-Control"] == "no-store"
    path, digits = shown(page)
    phone = desk.app.test_client()
    nonce = nonce_of(phone.get(path))
    bound = phone.post(path, data={"digits": digits, "nonce": nonce})
    assert (bound.status_code, bound.location) == (303, "/home")
    assert phone.get("/api/v1/me").json["code"] == "EA0001"
    again = desk.app.test_client().post(path, data={"digits": digits, "nonce": nonce})
    assert again.headers["Set-Cookie"].split(";")[0] == bound.headers["Set-Cookie"].split(";")[0]
    listed = desk.client.get(f"{AT}?lang=en", headers=desk.recorder).text
    assert "Phone 1" in listed
    assert "last seen" in listed


def test_a_look_at_a_code_changes_nothing_and_says_nothing(desk: Desk) -> None:
    path, digits = shown(desk.post(AT, {"key": key_of(desk)}))
    texts = set()
    for one in (path, "/b/aaaaaaaaaaaaaaaaaaaa", "/b/x"):
        text = desk.app.test_client().get(one).text
        texts.add(re.sub(r'value="[0-9a-f]{32}"', "", text.replace(one, "")))
    assert len(texts) == 1
    assert desk.one("SELECT count(*) FROM phones_claims WHERE used_at IS NULL") == 1
    assert desk.ids() == []
    assert digits


def test_unknown_used_and_late_codes_are_answered_alike(desk: Desk) -> None:
    used, digits = shown(desk.post(AT, {"key": key_of(desk)}))
    desk.app.test_client().post(used, data={"digits": digits, "nonce": "a" * 32})
    old, _ = shown(desk.post(AT, {"key": key_of(desk)}))
    shown(desk.post(AT, {"key": key_of(desk)}))
    answers = [
        desk.app.test_client().post(f"{path}?lang=en", data={"digits": "1234", "nonce": "b" * 32})
        for path in (used, old, "/b/aaaaaaaaaaaaaaaaaaaa", "/b/x")
    ]
    assert {one.status_code for one in answers} == {410}
    assert all("This code does not work" in one.text for one in answers)


def test_wrong_digits_may_be_typed_again_and_three_end_the_code(desk: Desk) -> None:
    path, digits = shown(desk.post(AT, {"key": key_of(desk)}))
    wrong = f"{(int(digits) + 1) % 10_000:04d}"
    phone = desk.app.test_client()
    said = [
        phone.post(f"{path}?lang=en", data={"digits": one, "nonce": "a" * 32}).status_code
        for one in (wrong, wrong, wrong, digits)
    ]
    assert said == [403, 403, 403, 410]


def test_twenty_wrong_tries_a_minute_stop_an_address(desk: Desk) -> None:
    phone, form = desk.app.test_client(), {"digits": "1234", "nonce": "a" * 32}
    said = [phone.post("/b/x", data=form).status_code for _ in range(21)]
    assert said == [410] * 20 + [429]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"digits": "12", "nonce": "a" * 32},
        {"digits": "1234"},
        {"digits": "١٢٣٤", "nonce": "a" * 32},
        {"digits": "1234", "nonce": "x"},
        {"digits": "1234", "nonce": "a" * 32, "more": "1"},
    ],
)
def test_a_malformed_binding_is_refused(desk: Desk, form: dict[str, str]) -> None:
    assert desk.app.test_client().post("/b/x", data=form).status_code == 422


def test_neither_neighbours_nor_other_offices_see_the_phones(desk: Desk) -> None:
    desk.phone()
    number = desk.ids()[0]
    for code, status in (("R-WE", 404), ("AUD", 403)):
        other = bearer(neighbourhood.staff_token(desk.database, code, now=desk.clock.now()))
        asked = [
            desk.client.get(AT, headers=other),
            desk.client.post(AT, data={"key": "12345678"}, headers=other),
            desk.client.post(f"{AT}/{number}/end", headers=other),
        ]
        assert [one.status_code for one in asked] == [status] * 3, code
    assert desk.ids() == [number]


def test_the_volunteer_sees_the_own_phones_and_unbinds_one(desk: Desk) -> None:
    first, second = desk.phone(), desk.phone()
    page = desk.client.get("/me/phones?lang=en", headers=second).text
    assert page.count("this phone") == 1
    assert desk.client.post(f"/me/phones/{desk.ids()[0]}/end", headers=second).status_code == 303
    assert desk.codes(first).status_code == 401
    assert desk.codes(second).status_code == 200


def test_a_full_desk_says_so_and_offers_no_code(desk: Desk) -> None:
    desk.phone()
    desk.phone()
    page = desk.client.get(f"{AT}?lang=en", headers=desk.recorder).text
    assert "Two phones are bound already" in page
    refused = desk.post(AT, {"key": "a-form-of-before"})
    assert refused.status_code == 409
    assert "was last seen on 2025-10-18" in refused.text


def test_where_points_are_real_the_pin_opens_no_pass(desk: Desk) -> None:
    def card(session: Session) -> passes.Printed:
        return passes.reissue_card(
            session, desk.keys, volunteer=people.volunteer(session, "EA0001"), now=desk.clock.now()
        )

    pin = desk.database.atomic(card).pin
    signed = sign_in_volunteer(
        desk.database, desk.keys, booklet="EA0001", pin=pin, now=desk.clock.now(), shows=False
    )
    assert desk.codes(bearer(signed.token)).status_code == 404
