"""Plans: drafted, published, amended, copied; kinds, partners and outcomes."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.activities.town import Api, Town, at

FORM = {
    "key": "ABC234",
    "community": "FM",
    "template": "AT01",
    "title": "Tidy the yard",
    "place": "Yard 5",
    "day": "2025-10-20",
    "starts": "09:00",
    "ends": "11:00",
    "leader": "v0010",
    "content": "Leaves and bins",
    "post-0-name": "Sweepers",
    "post-0-capacity": "4",
    "post-0-min_age": "16",
    "post-0-risk_text": "Mind the stairs.",
    "post-0-needs_qualification": "1",
    "post-1-name": "",
    "do": "publish",
}


def api(town: Town, client: FlaskClient, who: str = "U-ADM") -> Api:
    return Api(client, town.tokens[who])


def page(town: Town, client: FlaskClient, path: str, who: str = "U-ADM") -> TestResponse:
    bearer = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    return client.get(path, headers=bearer)


def send(
    town: Town, client: FlaskClient, path: str, form: dict[str, Any], who: str = "U-ADM"
) -> TestResponse:
    bearer = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    return client.post(path, data=form, headers=bearer)


def new(town: Town, client: FlaskClient, **changes: Any) -> str:
    """Send the form; return the new activity's code."""
    answer = send(town, client, "/desk/activities/new", FORM | changes)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location.removeprefix("/desk/activities/")


def body(**changes: Any) -> dict[str, Any]:
    return {
        "code": "B1",
        "community": "FM",
        "template": "AT01",
        "title": "Yard",
        "place": "Yard 1",
        "leader": "V0010",
        "starts_at": "2025-10-20T09:00:00+08:00",
        "ends_at": "2025-10-20T11:00:00+08:00",
        "posts": [{"name": "all", "capacity": 3}],
    } | changes


def messages(town: Town, kind: str) -> list[str]:
    rows = town.database.rows(
        "SELECT v.code FROM inbox_messages m JOIN people_volunteers v ON v.id = m.volunteer_id"
        " WHERE m.kind = %(kind)s ORDER BY v.code",
        {"kind": kind},
    )
    return [row["code"] for row in rows]


def test_the_form_publishes_an_activity_with_all_that_was_stated(
    town: Town, client: FlaskClient
) -> None:
    found = town.activity(new(town, client))
    assert (found.status, found.content, found.place) == ("published", "Leaves and bins", "Yard 5")
    assert found.starts_at == at("09:00") + timedelta(days=2)
    rows = town.database.rows(
        "SELECT name, capacity, min_age, risk_text, needs_qualification, needs_insurance"
        " FROM activities_posts WHERE activity_id = %(id)s",
        {"id": found.id},
    )
    assert rows == [
        {
            "name": "Sweepers",
            "capacity": 4,
            "min_age": 16,
            "risk_text": "Mind the stairs.",
            "needs_qualification": True,
            "needs_insurance": False,
        }
    ]


def test_a_form_sent_twice_plans_once(town: Town, client: FlaskClient) -> None:
    assert new(town, client) == new(town, client) == "251020-ABC234"
    for _ in range(2):
        answer = send(town, client, "/desk/activities/new", FORM | {"weekdays": "2"})
        assert answer.location == "/desk/series/SABC234"
    assert town.count("activities_series") == 1
    assert len(town.events("ActivityPublished")) == 7  # A1, A2, this one, and four Tuesdays


def test_without_an_end_an_activity_takes_as_long_as_its_kind(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    assert send(town, client, "/desk/activities/new", FORM | {"ends": ""}).status_code == 422
    admin.execute("UPDATE activities_templates SET duration_minutes = 90 WHERE code = 'AT01'")
    found = town.activity(new(town, client, ends=""))
    assert found.ends_at - found.starts_at == timedelta(minutes=90)


def test_a_draft_is_seen_by_its_keepers_alone(town: Town, client: FlaskClient) -> None:
    code = new(town, client, do="draft")
    assert page(town, client, f"/desk/activities/{code}").status_code == 200
    assert page(town, client, f"/activities/{code}", "V0001").status_code == 404
    assert page(town, client, f"/desk/activities/{code}", "V0010").status_code == 403
    assert code not in page(town, client, "/activities", "V0001").get_data(as_text=True)
    assert len(town.events("ActivityPublished")) == 2
    answer = send(town, client, f"/desk/activities/{code}/state", {"to": "published"})
    assert answer.status_code == 302
    assert page(town, client, f"/activities/{code}", "V0001").status_code == 200
    assert len(town.events("ActivityPublished")) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Title"),
        ({"day": "soon"}, "Day"),
        ({"post-0-capacity": "0"}, "Places"),
        ({"post-0-name": ""}, "Posts"),
        ({"leader": "V9999"}, "There is no such volunteer"),
        ({"leader": "G0001"}, "another community"),
        ({"post-0-needs_insurance": "1"}, "A post needs insurance"),
        ({"post-1-name": "Sweepers", "post-1-capacity": "1"}, "same name"),
        ({"post-0-rule": "R-NONE"}, "rate does not fit"),
        ({"template": "AT99"}, "no such kind"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    town: Town, client: FlaskClient, changes: dict[str, str], words: str
) -> None:
    before = town.count("activities")
    answer = send(town, client, "/desk/activities/new", FORM | changes)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'class="error"' in text
    assert words in text
    assert "Leaves and bins" in text
    assert town.count("activities") == before


def test_one_more_post_asks_for_another_row_and_plans_nothing(
    town: Town, client: FlaskClient
) -> None:
    answer = send(town, client, "/desk/activities/new", FORM | {"more": "1", "title": ""})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'name="post-2-name"' in text
    assert 'value="Sweepers"' in text
    assert town.count("activities") == 2


def test_amending_keeps_who_signed_up_and_tells_them_where_it_is_now(
    town: Town, client: FlaskClient
) -> None:
    code = new(town, client)
    for who in ("V0005", "V0008"):
        town.one(
            "INSERT INTO activities_signups (activity_id, post_id, volunteer_id, status, turn,"
            " assisted, actor, signed_at)"
            " SELECT a.id, p.id, v.id, 'confirmed', 1, false, 'x', now()"
            " FROM activities a JOIN activities_posts p ON p.activity_id = a.id,"
            " people_volunteers v WHERE a.code = %(code)s AND v.code = %(who)s RETURNING id",
            code=code,
            who=who,
        )
    form = FORM | {"place": "Yard 6", "starts": "10:00", "ends": "12:00"}
    assert send(town, client, f"/desk/activities/{code}/edit", form).status_code == 302
    found = town.activity(code)
    assert (found.place, found.revision) == ("Yard 6", 1)
    first = town.activity("A1")
    assert found.starts_at - found.opens_at == first.starts_at - first.opens_at
    assert messages(town, "activity_moved") == ["V0005", "V0008", "V0010"]
    assert send(town, client, f"/desk/activities/{code}/edit", form).status_code == 302
    assert town.activity(code).revision == 1
    assert messages(town, "activity_moved") == ["V0005", "V0008", "V0010"]
    assert [one["changed"] for one in town.events("ActivityChanged")] == [
        ["place", "starts_at", "ends_at"]
    ]


def test_another_title_changes_calendars_and_bothers_nobody(
    town: Town, client: FlaskClient
) -> None:
    api(town, client).call("PUT", "/activities/A2", {"title": "Better"})
    assert town.activity("A2").title == "Better"
    assert town.activity("A2").revision == 1
    assert town.count("inbox_messages") == 0


def test_more_places_go_to_who_waits_in_order(town: Town, client: FlaskClient) -> None:
    town.clock.set(at("07:00"))
    answer = api(town, client).call(
        "PUT", "/activities/A1", {"posts": [{"name": "all", "capacity": 5}]}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert (answer.json["capacity"], answer.json["taken"], answer.json["waiting"]) == (5, 4, 0)
    assert messages(town, "waitlist_promoted") == ["V0004"]
    assert [one["volunteer"] for one in town.events("WaitlistPromoted")] == ["V0004"]


def test_a_post_never_shrinks_below_its_people_nor_goes_away_with_them(
    town: Town, client: FlaskClient
) -> None:
    for posts in ([{"name": "all", "capacity": 2}], [{"name": "other", "capacity": 9}]):
        answer = api(town, client).call("PUT", "/activities/A1", {"posts": posts})
        assert answer.status_code == 409
        assert answer.json["type"] == "/problems/post-in-use"
    rows = town.database.rows("SELECT name, capacity FROM activities_posts WHERE activity_id = 1")
    assert rows == [{"name": "all", "capacity": 3}]


def test_two_posts_exchange_their_names(town: Town, client: FlaskClient) -> None:
    code = new(town, client, **{"post-1-name": "Painters", "post-1-capacity": "2"})
    form = page(town, client, f"/desk/activities/{code}/edit").get_data(as_text=True)
    numbers = [part.split('"')[0] for part in form.split('-id" value="')[1:]]
    swapped = {
        "post-0-id": numbers[0], "post-0-name": "Painters",
        "post-1-id": numbers[1], "post-1-name": "Sweepers", "post-1-capacity": "2",
    }  # fmt: skip
    answer = send(town, client, f"/desk/activities/{code}/edit", FORM | swapped)
    assert answer.status_code == 302
    rows = town.database.rows(
        "SELECT id, name, capacity FROM activities_posts WHERE id = ANY(%(ids)s) ORDER BY id",
        {"ids": [int(one) for one in numbers]},
    )
    assert [(row["name"], row["capacity"]) for row in rows] == [("Painters", 4), ("Sweepers", 2)]


def test_a_draft_that_was_dropped_was_never_seen(town: Town, client: FlaskClient) -> None:
    code = new(town, client, do="draft")
    api(town, client).post(f"/activities/{code}/cancellation", {"reason": "A mistake"})
    assert code not in page(town, client, "/activities", "V0001").get_data(as_text=True)
    assert page(town, client, f"/activities/{code}", "V0001").status_code == 404
    assert page(town, client, f"/desk/activities/{code}").status_code == 200
    assert code in page(town, client, "/desk/activities?state=cancelled").get_data(as_text=True)


def test_a_post_without_people_may_go_and_another_come(town: Town, client: FlaskClient) -> None:
    code = new(town, client)
    posts = [{"name": "Painters", "capacity": 2}]
    answer = api(town, client).call("PUT", f"/activities/{code}", {"posts": posts})
    assert [post["name"] for post in answer.json["posts"]] == ["Painters"]


@pytest.mark.parametrize("status", ["to_confirm", "confirmed", "noticed", "archived", "cancelled"])
def test_what_is_over_is_not_amended(
    town: Town, client: FlaskClient, admin: psycopg.Connection, status: str
) -> None:
    admin.execute("UPDATE activities SET status = %s WHERE code = 'A1'", [status])
    answer = api(town, client).call("PUT", "/activities/A1", {"title": "Other"})
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/plan-fixed")
    assert town.one("SELECT title FROM activities WHERE code = 'A1'") == "Activity A1"


def test_an_open_activity_keeps_its_time_and_may_change_its_place(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities SET status = 'open' WHERE code = 'A1'")
    keeper = api(town, client)
    assert keeper.call("PUT", "/activities/A1", {"leader": "V0009"}).status_code == 409
    assert keeper.call("PUT", "/activities/A1", {"place": "Yard 2"}).status_code == 200
    assert messages(town, "activity_moved") == ["V0001", "V0002", "V0003", "V0004", "V0010"]


def test_nothing_is_moved_into_the_past_and_no_plan_is_longer_than_a_day(
    town: Town, client: FlaskClient
) -> None:
    past = {"starts_at": "2025-10-17T08:00:00+08:00", "ends_at": "2025-10-17T10:00:00+08:00"}
    answer = api(town, client).call("PUT", "/activities/A2", past)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/too-soon")
    for end in ("2025-10-20T08:59:00+08:00", "2025-10-21T09:01:00+08:00"):
        answer = api(town, client).call("POST", "/activities", body(ends_at=end))
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/unfit-time")
        assert answer.json["errors"][0]["pointer"] == "#/ends_at"


def test_the_old_plan_without_the_new_fields_is_still_taken(
    town: Town, client: FlaskClient
) -> None:
    made = api(town, client).post("/activities", body(), 201)
    assert (made["status"], made["capacity"]) == ("published", 3)
    api(town, client).post("/activities", body(code="B2", draft=True), 201)
    assert town.one("SELECT status FROM activities WHERE code = 'B2'") == "draft"


@pytest.mark.parametrize("who", ["U-GZ", "V0001", "G0001"])
def test_another_community_s_keeper_and_volunteers_change_nothing(
    town: Town, client: FlaskClient, who: str
) -> None:
    stranger = api(town, client, who)
    for method, path, sent in (
        ("PUT", "/activities/A1", {"title": "x"}),
        ("POST", "/activities/A1/state", {"to": "archived"}),
        ("POST", "/activities/A1/cancellation", {"reason": "why not"}),
        ("GET", "/activities/A1/outcomes", None),
        ("PUT", "/activities/A1/outcomes", {"served": 3}),
    ):
        assert stranger.call(method, path, sent).status_code in {403, 404}, path
    assert page(town, client, "/desk/activities/A1", who).status_code in {403, 404}
    assert town.activity("A1").status == "published"
    assert town.activity("A1").title == "Activity A1"


def test_a_keeper_sees_the_plans_of_the_own_communities_only(
    town: Town, client: FlaskClient
) -> None:
    mine = page(town, client, "/desk/activities").get_data(as_text=True)
    other = page(town, client, "/desk/activities", "U-GZ").get_data(as_text=True)
    assert "Activity A1" in mine
    assert "Activity A1" not in other
    assert page(town, client, "/desk/activities", "V0010").status_code == 403


def test_the_list_comes_in_pages_without_gaps(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    town.plan("Z", "09:00", "10:00")
    admin.execute(
        "INSERT INTO activities (code, programme_id, community_id, template_id, title, place,"
        " starts_at, ends_at, opens_at, late_at, closes_at, business_day, leader_id, status,"
        " onsite_secret, created_at) SELECT 'N' || n, programme_id, community_id, template_id,"
        " 'Many ' || n, place, starts_at, ends_at, opens_at, late_at, closes_at,"
        " business_day - n / 3, leader_id, status, 'x', created_at"
        " FROM activities, generate_series(1, 70) n WHERE code = 'Z'"
    )
    seen: list[str] = []
    path = "/desk/activities"
    while path:
        text = page(town, client, path).get_data(as_text=True)
        seen += [part.split('"')[0] for part in text.split('href="/desk/activities/N')[1:]]
        path = next(
            (
                part.split('"')[0].replace("&amp;", "&")
                for part in text.split('class="btn end" href="')[1:]
            ),
            "",
        )
    assert sorted(seen, key=int) == [str(n) for n in range(1, 71)]


def test_a_copy_is_a_new_plan_without_the_old_day(town: Town, client: FlaskClient) -> None:
    code = new(town, client)
    text = page(town, client, f"/desk/activities/{code}/copy").get_data(as_text=True)
    assert 'value="Sweepers"' in text
    assert 'name="post-0-id"' not in text
    assert 'name="day" type="date" value=""' in text


def test_a_kind_brings_its_posts_content_and_counters_into_the_plan(
    town: Town, client: FlaskClient
) -> None:
    kind = {
        "code": "AT50", "name": "Home visits", "rule": "R-GEN", "category": "Care",
        "risk": "low", "kind": "visit", "content": "Look after people who live alone",
        "counters": "households\npeople helped\nhouseholds", "active": "1",
        "post-0-name": "Visitors", "post-0-capacity": "6", "post-0-min_age": "18",
    }  # fmt: skip
    assert send(town, client, "/desk/templates/new", kind).status_code == 302
    assert send(town, client, "/desk/templates/new", kind).status_code == 422
    text = page(town, client, "/desk/activities/new?template=AT50").get_data(as_text=True)
    assert 'value="Visitors"' in text
    assert "Look after people who live alone" in text
    code = new(town, client, template="AT50", content="")
    assert town.activity(code).content == "Look after people who live alone"
    found = api(town, client).get(f"/activities/{code}/outcomes")
    assert found == {"served": None, "counters": {"households": None, "people helped": None}}


def test_a_kind_out_of_use_is_not_offered_and_its_activities_stay(
    town: Town, client: FlaskClient
) -> None:
    kind = {"name": "Old", "rule": "R-GEN", "category": "c", "risk": "low", "kind": "service"}
    assert send(town, client, "/desk/templates/AT01", kind).status_code == 302
    assert "template=AT01" not in page(town, client, "/desk/activities/new").get_data(as_text=True)
    assert town.activity("A1").status == "published"
    wrong = send(town, client, "/desk/templates/AT01", kind | {"rule": "R-NONE"})
    assert wrong.status_code == 422
    assert send(town, client, "/desk/templates/AT99", kind).status_code == 404
    assert send(town, client, "/desk/templates/AT01", kind, "V0001").status_code == 403


def test_partners_are_named_in_plans_of_their_own_community(
    town: Town, client: FlaskClient
) -> None:
    partner = {"community": "FM", "name": "Water works", "kind": "enterprise", "active": "1"}
    assert send(town, client, "/desk/partners", partner).status_code == 302
    assert send(town, client, "/desk/partners", partner).status_code == 422
    number = town.one("SELECT id FROM activities_partners")
    code = new(town, client, partners=str(number))
    assert "Water works" in page(town, client, f"/desk/activities/{code}").get_data(as_text=True)
    other = api(town, client, "U-GZ")
    refused = other.call(
        "POST",
        "/activities",
        body(community="GZ", leader="G0001", partners=[number]),
    )
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/unknown-partner")
    assert page(town, client, f"/desk/partners/{number}", "U-GZ").status_code == 403
    assert "Water works" not in page(town, client, "/desk/partners", "U-GZ").get_data(as_text=True)
    assert send(town, client, "/desk/partners", partner, "U-GZ").status_code == 403


def test_the_leader_says_what_came_of_it_and_may_amend_it_until_it_is_archived(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities_templates SET counters = '{trees,bags}' WHERE code = 'AT01'")
    leader = api(town, client, "V0010")
    early = leader.call("PUT", "/activities/A1/outcomes", {"served": 3})
    assert (early.status_code, early.json["type"]) == (409, "/problems/too-early-to-tell")
    admin.execute("UPDATE activities SET status = 'to_confirm' WHERE code = 'A1'")
    for sent in (
        {"served": 30, "counters": {"trees": 4}},
        {"served": 30, "counters": {"trees": 4}},
    ):
        assert leader.call("PUT", "/activities/A1/outcomes", sent).status_code == 200
    form = {"served": "31", "counter-0": "5", "counter-1": ""}
    answer = send(town, client, "/activities/A1/outcomes", form, "V0010")
    assert answer.location == "/activities/A1/outcomes?kept=1"
    found = leader.get("/activities/A1/outcomes")
    assert found == {"served": 31, "counters": {"trees": 5, "bags": None}}
    details = town.database.rows(
        "SELECT detail FROM trail_records WHERE action = 'outcomes_reported' ORDER BY id"
    )
    assert [row["detail"] for row in details] == [
        {"served": [None, 30], "trees": [None, 4]},
        {"served": [30, 31], "trees": [4, 5]},
    ]
    unknown = leader.call("PUT", "/activities/A1/outcomes", {"counters": {"stars": 1}})
    assert unknown.json["type"] == "/problems/unknown-counter"
    wrong = send(town, client, "/activities/A1/outcomes", form | {"counter-1": "-1"}, "V0010")
    assert (wrong.status_code, 'value="-1"' in wrong.get_data(as_text=True)) == (422, True)
    admin.execute("UPDATE activities SET status = 'archived' WHERE code = 'A1'")
    late = leader.call("PUT", "/activities/A1/outcomes", {"served": 1})
    assert (late.status_code, late.json["type"]) == (409, "/problems/plan-fixed")
    assert (
        "<input"
        not in page(town, client, "/activities/A1/outcomes", "V0010")
        .get_data(as_text=True)
        .split("<main")[1]
        .split("</main>")[0]
    )


def test_the_leader_closes_the_list_of_an_activity_to_which_nobody_came(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities SET status = 'to_confirm' WHERE code = 'A1'")
    assert "/A1/close" in page(town, client, "/activities/A1/outcomes", "V0010").get_data(
        as_text=True
    )
    assert send(town, client, "/activities/A1/close", {}, "V0001").status_code == 403
    for _ in range(2):
        assert send(town, client, "/activities/A1/close", {}, "V0010").status_code == 302
    assert town.activity("A1").status == "confirmed"
    assert "/A1/close" not in page(town, client, "/activities/A1/outcomes", "V0010").get_data(
        as_text=True
    )


def test_calling_off_from_the_page_asks_for_a_reason_and_is_told(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("07:00"))
    assert page(town, client, "/activities/A1/call-off", "V0010").status_code == 200
    assert page(town, client, "/activities/A1/call-off", "V0001").status_code == 403
    assert (
        send(town, client, "/activities/A1/call-off", {"reason": " "}, "V0010").status_code == 422
    )
    for _ in range(2):
        answer = send(town, client, "/activities/A1/call-off", {"reason": "Storm"}, "V0010")
        assert page(town, client, answer.location, "V0010").status_code == 200
    assert messages(town, "activity_cancelled") == ["V0001", "V0002", "V0003", "V0004"]
    inbox = page(town, client, "/me/inbox", "V0001").get_data(as_text=True)
    assert "Called off: Activity A1" in inbox
    assert "Storm" in inbox
    assert "Storm" in page(town, client, "/desk/activities/A1").get_data(as_text=True)


def test_weekdays_make_a_series_with_a_page_that_plans_and_ends_it(
    town: Town, client: FlaskClient
) -> None:
    answer = send(town, client, "/desk/activities/new", FORM | {"weekdays": ["2", "5"]})
    where = answer.location
    assert where.startswith("/desk/series/")
    text = page(town, client, where).get_data(as_text=True)
    assert text.count("Yard 5") >= 8
    assert send(town, client, f"{where}/dates", {}).status_code == 302
    assert town.one("SELECT count(*) FROM activities WHERE series_id IS NOT NULL") == 8
    assert page(town, client, where, "U-GZ").status_code == 404
    assert "Tidy the yard" in page(town, client, "/desk/series").get_data(as_text=True)
    assert "Tidy the yard" not in page(town, client, "/desk/series", "U-GZ").get_data(as_text=True)
    assert send(town, client, f"{where}/end", {"reason": "No more"}).status_code == 302
    assert town.one("SELECT count(*) FROM activities WHERE status = 'cancelled'") == 8


def test_a_series_is_begun_continued_and_ended_over_json(town: Town, client: FlaskClient) -> None:
    weekly = {"weekdays": [2, 5], "starts": "09:00", "ends": "11:00", "from_day": "2025-10-18"}
    sent = {k: v for k, v in body().items() if k not in {"code", "starts_at", "ends_at"}}
    keeper = api(town, client)
    made = keeper.post("/series", sent | {"weekly": weekly}, 201)
    assert made["planned"] == 8
    again = keeper.post("/series", sent | {"weekly": weekly, "code": made["code"]}, 201)
    assert again == made
    assert keeper.post(f"/series/{made['code']}/dates")["planned"] == 0
    api(town, client, "U-GZ").post(f"/series/{made['code']}/end", {}, 404)
    assert keeper.post(f"/series/{made['code']}/end", {"reason": "Over"})["told"] == 8
    api(town, client, "U-GZ").post("/series", sent | {"weekly": weekly}, 403)


def test_every_page_of_planning_speaks_both_languages(town: Town, client: FlaskClient) -> None:
    code = new(town, client)
    series = send(town, client, "/desk/activities/new", FORM | {"weekdays": "3"}).location
    paths = [
        "/desk/activities", f"/desk/activities/{code}", f"/desk/activities/{code}/edit",
        "/desk/activities/new", "/desk/activities/new?template=AT01", "/desk/templates",
        "/desk/templates/new", "/desk/templates/AT01", "/desk/partners", "/desk/series", series,
        f"/activities/{code}/call-off", f"/activities/{code}/outcomes",
    ]  # fmt: skip
    for path in paths:
        for lang in ("en", "zh"):
            mark = "&" if "?" in path else "?"
            assert page(town, client, f"{path}{mark}lang={lang}").status_code == 200, path
