"""An own phone is bound in person, shown in a list, and shut out alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import Session

from service import passes, people
from service.phones import actions, rules
from service.phones.actions import Asking, Offer
from service.phones.models import BindingOver, Claim, PhonesFull, UnknownPhone
from tests.people import neighbourhood
from tests.people.neighbourhood import bearer
from tests.phones.conftest import Desk

PATIENCE = timedelta(minutes=5)


def test_a_bound_phone_has_a_session_and_a_pass_of_its_own(desk: Desk) -> None:
    first, second = desk.phone(), desk.phone()
    codes = [desk.codes(one).json["codes"][0]["url"] for one in (first, second)]
    assert len({url.split("/p/")[1].split(".")[0] for url in codes}) == 2
    assert [desk.seen(url) for url in codes] == ["ok", "ok"]
    assert desk.client.get("/api/v1/me", headers=second).json["code"] == "EA0001"


def test_a_lost_phone_is_shut_out_alone_and_at_once(desk: Desk) -> None:
    lost, kept = desk.phone(), desk.phone()
    url = desk.codes(lost).json["codes"][0]["url"]
    ended = desk.post(f"/desk/volunteers/EA0001/phones/{desk.ids()[0]}/end")
    assert ended.status_code == 303
    assert desk.seen(url) == "card_blocked"
    assert desk.codes(lost).status_code == 401
    assert desk.standing(kept) == "ok"
    assert "phone.unbind" in desk.acts()


def test_unbinding_twice_is_told_once(desk: Desk) -> None:
    desk.phone()
    number = desk.ids()[0]
    for _ in range(2):
        assert desk.post(f"/desk/volunteers/EA0001/phones/{number}/end").status_code == 303
    assert desk.acts().count("phone.unbind") == 1


def test_the_third_phone_is_refused_and_the_words_say_which_to_unbind(desk: Desk) -> None:
    desk.phone()
    desk.clock.set(desk.clock.now() + timedelta(days=3))
    second = desk.phone()
    desk.codes(second)
    with pytest.raises(PhonesFull) as refused:
        desk.offer()
    assert str(refused.value.params["bound"]) == "2025-10-18"


def test_a_code_made_before_the_places_were_taken_waits_for_one(desk: Desk) -> None:
    desk.phone()
    late = desk.offer()
    desk.run(fill, desk=desk)
    with pytest.raises(PhonesFull):
        desk.bind(late)
    desk.post(f"/desk/volunteers/EA0001/phones/{desk.ids()[1]}/end")
    assert desk.codes(bearer(desk.bind(late).token)).status_code == 200


def fill(session: Session, *, desk: Desk) -> None:
    """Take the second place behind the desk's back, as a rival of the same moment would."""
    owner = desk.owner(session)
    token = people.open_volunteer_session(session, volunteer_id=owner.id, now=desk.clock.now())
    rival = passes.new_binding(owner.id, now=desk.clock.now())
    rival.place, rival.session_hash = 2, people.token_hash(token)
    session.add(rival)


@pytest.mark.parametrize("_", range(5))
def test_two_phones_that_bind_the_last_place_at_once_are_one(desk: Desk, _: int) -> None:
    desk.phone()
    offers = [desk.offer(), rival_offer(desk)]

    def take(offer: Offer) -> str:
        try:
            return desk.bind(offer).token
        except PhonesFull:
            return "full"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(take, offers))
    assert said.count("full") == 1
    assert len(desk.ids()) == 2
    assert desk.one("SELECT count(*) FROM people_sessions WHERE volunteer_id IS NOT NULL") == 2


def rival_offer(desk: Desk) -> Offer:
    """Write a second open claim; a desk that makes one would have ended the first."""
    salt, now = rules.new_salt(), desk.clock.now()
    tail = rules.tail_of(desk.keys.bind, salt)

    def work(session: Session) -> None:
        session.add(
            Claim(
                digest=rules.digest_of(tail),
                salt=salt,
                volunteer_id=desk.owner(session).id,
                key="another-form",
                made_by="staff:R-EA",
                made_at=now,
                expires_at=now + rules.CLAIM_LIFE,
            )
        )

    desk.database.atomic(work)
    return Offer(
        f"{desk.keys.public_url}/b/{tail}", rules.digits_of(desk.keys.bind, salt), now, None
    )


def test_one_code_binds_one_phone_however_many_scan_it_at_once(desk: Desk) -> None:
    offer = desk.offer()

    def take(_: int) -> str:
        try:
            return desk.bind(offer).token
        except BindingOver:
            return "over"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(take, range(4)))
    assert said.count("over") == 3
    assert len(desk.ids()) == 1


def test_the_same_page_that_asks_again_hears_the_same(desk: Desk) -> None:
    offer = desk.offer()
    first = desk.bind(offer, nonce="a" * 32)
    assert desk.bind(offer, nonce="a" * 32) == first
    with pytest.raises(BindingOver):
        desk.bind(offer, nonce="b" * 32)
    assert len(desk.ids()) == 1
    assert desk.acts().count("phone.bind") == 1


def test_the_same_form_sent_twice_shows_the_same_code(desk: Desk) -> None:
    first, again = desk.offer(key="one-form-0"), desk.offer(key="one-form-0")
    assert first == again
    assert desk.acts() == ["phone.claim"]


def test_a_new_code_ends_the_one_before(desk: Desk) -> None:
    old, new = desk.offer(), desk.offer()
    with pytest.raises(BindingOver):
        desk.bind(old)
    assert desk.bind(new).helps is False


def test_three_wrong_tries_end_a_code(desk: Desk) -> None:
    offer = desk.offer()
    wrong = "0000" if offer.digits != "0000" else "1111"
    tail = offer.url.rsplit("/", 1)[-1]
    for _ in range(3):
        asked = Asking(tail, wrong, "c" * 32)
        work = partial(actions.bind, keys=desk.keys, asking=asked, now=desk.clock.now())
        assert desk.database.atomic(work) is None
    with pytest.raises(BindingOver):
        desk.bind(offer)


def test_a_code_lives_five_minutes(desk: Desk) -> None:
    offer = desk.offer()
    desk.clock.set(desk.clock.now() + PATIENCE)
    with pytest.raises(BindingOver):
        desk.bind(offer)


def test_the_same_phone_bound_again_takes_its_own_place(desk: Desk) -> None:
    old = desk.bind(desk.offer()).token
    desk.phone()
    with pytest.raises(PhonesFull):
        desk.offer()
    desk.post(f"/desk/volunteers/EA0001/phones/{desk.ids()[1]}/end")
    desk.bind(desk.offer(), replaces=old)
    assert len(desk.ids()) == 1
    assert desk.codes(bearer(old)).status_code == 401


def test_a_phone_that_signs_out_leaves_its_place(desk: Desk) -> None:
    phone = desk.phone()
    url = desk.codes(phone).json["codes"][0]["url"]
    assert desk.client.delete("/api/v1/sessions/current", headers=phone).status_code == 204
    assert desk.seen(url) == "card_blocked"
    assert desk.ids() == []


def test_a_phone_that_is_used_stays_signed_in_and_one_in_a_drawer_does_not(desk: Desk) -> None:
    used, drawer = desk.phone(), desk.phone()
    for _ in range(3):
        desk.clock.set(desk.clock.now() + timedelta(days=20))
        assert desk.codes(used).status_code == 200
    assert desk.codes(drawer).status_code == 401
    desk.phone()  # its place is free
    assert len(desk.ids()) == 2


def test_what_the_booklet_opened_is_no_phone_and_ends_with_its_sessions(desk: Desk) -> None:
    bound = desk.phone()
    token = neighbourhood.volunteer_token(desk.database, "EA0001", now=desk.clock.now())
    visit = bearer(token)
    number = desk.database.atomic(
        lambda s: (
            passes.bind_phone(
                s, volunteer_id=people.volunteer(s, "EA0001").id, now=desk.clock.now()
            ).id
        )
    )
    assert desk.standing(visit) == "ok"
    assert len(desk.ids()) == 1
    desk.post(f"/desk/volunteers/EA0001/phones/{number}/end")
    assert desk.codes(visit).status_code == 401
    assert desk.standing(bound) == "ok"


def test_nobody_unbinds_another_volunteers_phone(desk: Desk) -> None:
    desk.phone("EA0002")
    stranger = desk.phone("EA0001")
    number = desk.ids("EA0002")[0]
    answer = desk.client.post(f"/me/phones/{number}/end", headers=stranger)
    assert answer.status_code == 404
    with pytest.raises(UnknownPhone):
        desk.database.atomic(
            lambda s: actions.unbind(
                s, desk.owner(s), phone_id=number, actor="x", now=desk.clock.now()
            )
        )
    assert len(desk.ids("EA0002")) == 1
