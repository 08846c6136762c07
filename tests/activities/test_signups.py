"""Places and queues: exactly as many as there are, in order, promoted once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlmodel import Session

from service import activities, people
from service.activities import refusals
from service.activities.actions.signups import Asking, Seat, Wish, cancel_signup, sign_up
from service.activities.signup_refusals import GateIsOpen
from tests.activities.crowds import statuses, taken
from tests.activities.town import Town, at


def join(
    town: Town,
    who: str,
    activity: str = "A1",
    when: str = "07:00",
    *,
    kind: str = "self",
    post: str | None = None,
    agreed: str | None = None,
) -> Seat:
    actor = f"volunteer:{who}" if kind == "self" else "staff:U-ADM"
    asking = Asking(town.database, actor, kind, at(when))
    return sign_up(asking, Wish(activity, who, post, agreed))


def leave(
    town: Town, who: str, activity: str = "A1", when: str = "07:10", kind: str = "self"
) -> str | None:
    def work(session: Session) -> str | None:
        found, person = activities.activity(session, activity), people.volunteer(session, who)
        return cancel_signup(session, found, person, kind=kind, now=at(when))

    return town.database.atomic(work)


def test_the_plan_s_sign_ups_stand_in_its_order(town: Town) -> None:
    assert statuses(town) == {
        "V0001": "confirmed", "V0002": "confirmed", "V0003": "confirmed", "V0004": "waiting",
    }  # fmt: skip
    assert taken(town) == 3


def test_who_comes_after_the_last_place_waits_in_line(town: Town) -> None:
    assert join(town, "V0006") == Seat("waiting", 2, False)
    assert join(town, "V0009") == Seat("waiting", 3, False)
    assert join(town, "V0006") == Seat("waiting", 2, True)
    assert len(town.events("SignupWaitlisted")) == 3


def test_a_cancelled_place_goes_to_the_first_in_line_once(town: Town) -> None:
    join(town, "V0006")
    assert leave(town, "V0002") == "V0004"
    assert statuses(town)["V0004"] == "confirmed"
    assert statuses(town)["V0006"] == "waiting"
    assert taken(town) == 3
    assert [event["volunteer"] for event in town.events("WaitlistPromoted")] == ["V0004"]
    assert join(town, "V0006") == Seat("waiting", 1, True)


def test_a_cancelled_turn_moves_nobody(town: Town) -> None:
    assert leave(town, "V0004") is None
    assert (taken(town), statuses(town)["V0004"]) == (3, "cancelled")


def test_a_place_without_a_queue_becomes_free(town: Town) -> None:
    leave(town, "V0004")
    assert leave(town, "V0001") is None
    assert taken(town) == 2
    assert join(town, "V0006") == Seat("confirmed", None, False)


def test_who_comes_back_stands_at_the_end(town: Town) -> None:
    join(town, "V0006")
    leave(town, "V0004")
    assert join(town, "V0004") == Seat("waiting", 2, False)
    assert list(statuses(town))[-1] == "V0004"


@pytest.mark.parametrize(
    ("who", "activity", "when", "refusal"),
    [
        ("V0007", "A1", "07:00", refusals.TooYoung),
        ("G0001", "A1", "07:00", refusals.OtherCommunity),
        ("V0006", "A1", "08:00", refusals.SignupClosed),
    ],
)
def test_a_sign_up_is_refused(
    town: Town, who: str, activity: str, when: str, refusal: type[Exception]
) -> None:
    before = statuses(town)
    with pytest.raises(refusal):
        join(town, who, activity, when)
    assert statuses(town) == before


def test_a_dangerous_post_is_for_adults(town: Town) -> None:
    town.plan("A4", "19:00", "21:00", template="AT04", insurance_ref="INS")
    with pytest.raises(refusals.TooYoung):
        join(town, "V0006", "A4")
    assert join(town, "V0001", "A4").status == "confirmed"


def test_oneself_cancels_until_the_gate_opens_and_a_helper_until_the_start(town: Town) -> None:
    with pytest.raises(refusals.TooLateToCancel):
        leave(town, "V0001", when="08:00", kind="leader")
    with pytest.raises(refusals.NotSignedUp):
        leave(town, "V0006")
    with pytest.raises(GateIsOpen):
        leave(town, "V0001", when="07:30")
    assert leave(town, "V0001", when="07:59", kind="leader") == "V0004"


def test_places_given_back_at_once_promote_each_in_line_once(town: Town) -> None:
    for who in ("V0006", "V0009", "V0010"):
        join(town, who)
    with ThreadPoolExecutor(3) as pool:
        promoted = list(pool.map(partial(leave, town), ["V0001", "V0002", "V0003"]))
    assert sorted(filter(None, promoted)) == ["V0004", "V0006", "V0009"]
    assert taken(town) == 3
    assert statuses(town)["V0010"] == "waiting"


def test_who_withdrew_the_registration_takes_no_place(town: Town) -> None:
    sql = "UPDATE people_volunteers SET withdrawn_at = created_at WHERE code = 'V0006' RETURNING id"
    town.database.rows(sql)
    with pytest.raises(refusals.RegistrationWithdrawn):
        join(town, "V0006")
