"""What a post asks for: age, a qualification, insurance, a team, agreement, and free time."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from service import activities, people
from service.activities.actions.signups import (
    Seat,
    cancel_signup,
    fill_free_places,
    promote_waiting,
)
from service.activities.refusals import NotSignedUp, OtherCommunity, SignupClosed, TooYoung
from service.activities.signup_refusals import (
    BelowAge,
    NotInsured,
    NotQualified,
    OtherTeam,
    RiskNotAgreed,
    TimesOverlap,
    UnknownPost,
)
from service.errors import Refusal
from tests.activities import crowds
from tests.activities.test_signups import join, leave
from tests.activities.town import Api, Town, at

RISK = "夜间执勤，路面湿滑。"
DIGEST = sha256(RISK.encode()).hexdigest()


def change(town: Town, who: str, **columns: Any) -> None:
    def work(session: Session) -> None:
        row = people.volunteer(session, who)
        for name, value in columns.items():
            setattr(row, name, value)

    town.database.atomic(work)


def letters(town: Town, who: str) -> list[dict[str, Any]]:
    return town.database.rows(
        "SELECT kind, params FROM inbox_messages m JOIN people_volunteers v"
        " ON v.id = m.volunteer_id WHERE v.code = %(who)s ORDER BY m.id",
        {"who": who},
    )


def missed(town: Town, who: str, count: int, when: datetime) -> None:
    """Let somebody have had places and not have come, the last time at a moment."""
    for number in range(count):
        code = f"OLD{number}{who}"
        town.plan(code, "16:00", "18:00", signups=(who,))
        town.database.rows(
            "UPDATE activities_signups s SET status = 'no_show', no_show_at = %(at)s"
            " FROM activities a WHERE a.id = s.activity_id AND a.code = %(code)s RETURNING s.id",
            {"code": code, "at": when - timedelta(days=count - 1 - number)},
        )


ASKS: list[tuple[dict[str, Any], str, type[Refusal]]] = [
    ({"min_age": 50}, "V0009", BelowAge),
    ({"min_age": 16}, "V0006", BelowAge),
    ({"adults_only": True}, "V0006", TooYoung),
    ({"needs_qualification": True}, "V0009", NotQualified),
    ({"needs_insurance": True}, "V0009", NotInsured),
    ({"team_only": True}, "V0009", OtherTeam),
    ({}, "V0007", TooYoung),
    ({}, "G0001", OtherCommunity),
]


@pytest.mark.parametrize(("asked", "who", "refusal"), ASKS)
def test_who_lacks_what_the_post_asks_for_hears_why(
    town: Town, asked: dict[str, Any], who: str, refusal: type[Refusal]
) -> None:
    crowds.amend_post(town, "A1", **asked)
    before = crowds.lines(town, "A1")
    with pytest.raises(refusal):
        join(town, who)
    assert crowds.lines(town, "A1") == before


def test_who_has_what_the_post_asks_for_may_come(town: Town) -> None:
    town.plan("X1", "14:00", "15:00", insurance_ref="INS-1")
    crowds.amend_post(
        town, "X1", min_age=40, adults_only=True, needs_qualification=True, needs_insurance=True
    )
    assert join(town, "V0005", "X1").status == "confirmed"


@pytest.mark.parametrize("band", ["10-13", "0-13"])
def test_under_fourteen_nobody_signs_up(town: Town, band: str) -> None:
    change(town, "V0009", age_band=band, guardian_consent=True)
    with pytest.raises(TooYoung):
        join(town, "V0009")


def test_a_minor_keeps_away_from_risk_even_where_the_post_forgot_to_say_so(town: Town) -> None:
    town.plan("X4", "19:00", "21:00", template="AT04", insurance_ref="INS")
    crowds.amend_post(town, "X4", adults_only=False)
    with pytest.raises(TooYoung):
        join(town, "V0006", "X4")
    assert join(town, "V0009", "X4").status == "confirmed"


def test_a_team_s_post_is_open_to_its_members(town: Town) -> None:
    red = crowds.team(town, "RED")
    crowds.join_team(town, ["V0009"], red)
    crowds.amend_post(town, "A1", team_only=True)
    town.database.rows(
        "UPDATE activities SET team_id = %(team)s WHERE code = 'A1' RETURNING id", {"team": red}
    )
    assert join(town, "V0009").status == "waiting"
    with pytest.raises(OtherTeam):
        join(town, "V0006")


def test_a_full_team_waits_while_others_get_places(town: Town) -> None:
    codes = crowds.settle(town, 4)
    red = crowds.team(town, "RED")
    crowds.join_team(town, codes[:3], red)
    town.plan("X1", "14:00", "15:00", capacity=3)
    crowds.amend_post(town, "X1", per_team_max=1)
    assert [join(town, code, "X1").status for code in codes] == [
        "confirmed", "waiting", "waiting", "confirmed",
    ]  # fmt: skip
    assert leave(town, codes[3], "X1") is None  # another team's place helps them nothing
    assert leave(town, codes[0], "X1") == codes[1]
    assert crowds.statuses(town, "X1")[codes[2]] == "waiting"


def test_an_unknown_post_is_named_as_the_wrong_field(town: Town) -> None:
    with pytest.raises(UnknownPost):
        join(town, "V0009", post="nowhere")
    assert UnknownPost.field == "post"


def test_sign_up_ends_when_the_activity_starts_or_is_called_off(town: Town) -> None:
    assert join(town, "V0009", when="07:59").status == "waiting"
    with pytest.raises(SignupClosed):
        join(town, "V0006", when="08:00")
    assert join(town, "V0009", when="08:00").already  # who stands there already is told so
    town.database.rows("UPDATE activities SET status = 'cancelled' WHERE code = 'A1' RETURNING id")
    with pytest.raises(SignupClosed):
        join(town, "V0006")


def test_without_agreement_to_the_risk_text_nothing_is_signed_up(town: Town) -> None:
    crowds.amend_post(town, "A1", risk_text=RISK)
    for agreed in (None, "0" * 64):
        with pytest.raises(RiskNotAgreed):
            join(town, "V0009", agreed=agreed)
    assert "V0009" not in crowds.statuses(town)
    assert join(town, "V0009", agreed=DIGEST, when="06:30").status == "waiting"
    (line,) = (row for row in crowds.lines(town, "A1") if row["code"] == "V0009")
    assert (line["agreed_at"], bytes(line["agreed_sha256"]).hex()) == (at("06:30"), DIGEST)
    assert join(town, "V0009").already  # the agreement stands


def test_an_agreement_to_other_words_is_none(town: Town) -> None:
    crowds.amend_post(town, "A1", risk_text=RISK)
    join(town, "V0009", agreed=DIGEST)
    crowds.amend_post(town, "A1", risk_text=RISK + "！")
    with pytest.raises(RiskNotAgreed):
        join(town, "V0006", agreed=DIGEST)


def test_a_helper_states_that_the_risks_were_read_out(town: Town) -> None:
    crowds.amend_post(town, "A1", risk_text=RISK)
    with pytest.raises(RiskNotAgreed):
        join(town, "V0009", kind="recorder")
    join(town, "V0009", kind="recorder", agreed=DIGEST)
    (line,) = (row for row in crowds.lines(town, "A1") if row["code"] == "V0009")
    assert (line["kind"], line["agreed_at"] is None) == ("recorder", False)


def test_a_place_at_the_same_time_elsewhere_is_named(town: Town) -> None:
    with pytest.raises(TimesOverlap) as refused:
        join(town, "V0005")  # has a place at A2, 9:00 to 11:30
    assert refused.value.params == {"elsewhere": "Activity A2"}


@pytest.mark.parametrize(("start", "end"), [("07:00", "08:00"), ("10:00", "11:00")])
def test_one_activity_may_follow_another_at_once(town: Town, start: str, end: str) -> None:
    town.plan("X1", start, end)
    assert join(town, "V0001", "X1", when="06:00").status == "confirmed"


def test_a_turn_in_a_queue_stands_in_nobody_s_way(town: Town) -> None:
    town.plan("X1", "08:30", "09:30")
    assert join(town, "V0004", "X1").status == "confirmed"  # waits at A1


def test_who_got_a_place_elsewhere_is_passed_over_and_told_why_once(town: Town) -> None:
    join(town, "V0009")
    town.plan("X1", "08:30", "09:30")
    join(town, "V0004", "X1")
    assert leave(town, "V0001") == "V0009"
    assert crowds.statuses(town)["V0004"] == "waiting"
    assert leave(town, "V0002") is None
    told = [one for one in letters(town, "V0004") if one["kind"] == "waitlist_passed_over"]
    assert [one["params"]["elsewhere"] for one in told] == ["Activity X1"]
    assert [one["kind"] for one in letters(town, "V0009")] == ["waitlist_promoted"]


def test_the_sweep_gives_a_place_that_was_left_over_to_who_is_free_again(town: Town) -> None:
    town.plan("X1", "08:30", "09:30")
    join(town, "V0004", "X1")
    assert leave(town, "V0001") is None  # V0004 is first in line and has a place at X1
    assert crowds.taken(town, "A1") == 2
    leave(town, "V0004", "X1")
    assert town.run(fill_free_places, now=at("07:20")) == 1
    assert town.run(fill_free_places, now=at("07:20")) == 0
    assert crowds.statuses(town)["V0004"] == "confirmed"
    crowds.assert_exact(town, "A1")


def test_more_places_promote_the_next_in_line_once(town: Town) -> None:
    join(town, "V0009")
    join(town, "V0006")

    def widen(session: Session) -> list[int]:
        found = activities.activity(session, "A1")
        post = crowds.post_of(session, found)
        post.capacity = 5
        session.flush()
        return promote_waiting(session, found, post_id=post.id or 0, now=at("07:00"))

    assert len(town.database.atomic(widen)) == 2
    assert town.database.atomic(widen) == []
    found = crowds.statuses(town)
    assert (found["V0004"], found["V0009"], found["V0006"]) == ("confirmed", "confirmed", "waiting")
    assert len(town.events("WaitlistPromoted")) == 2


@pytest.mark.parametrize(
    ("count", "days", "behind"),
    [(3, 0, True), (2, 0, False), (3, 29, True), (3, 31, False), (5, 40, False)],
)
def test_after_three_no_shows_one_stands_behind_for_thirty_days(
    town: Town, count: int, days: int, behind: bool
) -> None:
    missed(town, "V0006", count, at("06:00") - timedelta(days=days))
    assert join(town, "V0006").place == 2
    assert join(town, "V0009").place == (2 if behind else 3)
    line = [row["code"] for row in crowds.lines(town, "A1") if row["status"] == "waiting"]
    order = ["V0004", "V0009", "V0006"] if behind else ["V0004", "V0006", "V0009"]
    shown = {code: crowds.place_in_line(town, code, "A1") for code in line}
    assert sorted(shown, key=lambda code: shown[code] or 0) == order
    promoted = [leave(town, who) for who in ("V0001", "V0002", "V0003")]
    assert promoted == order


def test_no_shows_cost_no_place_and_no_points(town: Town) -> None:
    missed(town, "V0006", 4, at("06:00"))
    before = town.balance("V0006")
    town.plan("X1", "14:00", "15:00", capacity=1)
    assert join(town, "V0006", "X1") == Seat("confirmed", None, False)
    assert town.balance("V0006") == before


def test_a_no_show_that_was_taken_back_counts_no_more(town: Town) -> None:
    missed(town, "V0006", 3, at("06:00"))
    town.database.rows(
        "UPDATE activities_signups SET status = 'came' WHERE id = (SELECT min(id) FROM"
        " activities_signups WHERE status = 'no_show') RETURNING id"
    )
    join(town, "V0006")
    (line,) = (row for row in crowds.lines(town, "A1") if row["code"] == "V0006")
    assert line["priority"] == 0


def test_the_wait_list_can_be_left_while_the_gate_is_open(town: Town) -> None:
    assert leave(town, "V0004", when="07:45") is None
    assert crowds.statuses(town)["V0004"] == "cancelled"


def test_cancelling_twice_frees_one_place(town: Town) -> None:
    def work(session: Session) -> str | None:
        found, person = activities.activity(session, "A1"), people.volunteer(session, "V0001")
        return cancel_signup(session, found, person, kind="self", now=at("07:00"))

    assert town.database.atomic(work) == "V0004"
    with pytest.raises(NotSignedUp):
        town.database.atomic(work)
    assert crowds.taken(town) == 3


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Api:
    town.clock.set(at("07:00"))
    return Api(client, town.tokens["V0009"])


def test_the_api_names_the_field_of_a_missing_agreement(town: Town, api: Api) -> None:
    crowds.amend_post(town, "A1", risk_text=RISK)
    assert api.get("/activities/A1")["posts"][0]["risk_text"] == RISK
    refused = api.post("/activities/A1/signups", {"post": "all"}, 409)
    assert refused["type"].endswith("risk-not-agreed")
    assert refused["errors"][0]["pointer"] == "#/agreed"
    seat = api.post("/activities/A1/signups", {"post": "all", "agreed": DIGEST}, 201)
    assert seat["status"] == "waiting"


def test_the_leader_signs_up_people_of_the_own_community_only(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("07:00"))
    leader = Api(client, town.tokens["V0010"])
    assert leader.post("/activities/A1/signups", {"volunteer": "V0009"}, 201)["place"] == 2
    assert crowds.lines(town, "A1")[-1]["kind"] == "leader"
    unknown = leader.post("/activities/A1/signups", {"volunteer": "G0001"}, 404)
    assert unknown == leader.post("/activities/A1/signups", {"volunteer": "NOBODY"}, 404)
    leader.post("/activities/A2/signups", {"volunteer": "V0006"}, 403)
    other = Api(client, town.tokens["U-GZ"])
    other.post("/activities/A1/signups", {"volunteer": "V0006"}, 404)
