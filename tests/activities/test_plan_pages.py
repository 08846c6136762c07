"""What the desk's pages of plans offer: rates that earn nothing, usual lengths, readers' views."""

from flask.testing import FlaskClient

from tests.activities.test_plans import FORM, body, new, page, send
from tests.activities.town import Api, Town, at

TRAINING = {
    "code": "AT60", "name": "Training", "rule": "ZERO", "category": "Other", "risk": "low",
    "kind": "training", "active": "1", "duration_minutes": "90",
}  # fmt: skip


def test_a_kind_without_points_keeps_its_rule_when_it_is_changed(
    town: Town, client: FlaskClient
) -> None:
    assert send(town, client, "/desk/templates/new", TRAINING).status_code == 302
    text = page(town, client, "/desk/templates/AT60").get_data(as_text=True)
    assert '<option value="ZERO" selected>No hours, no points' in text
    listed = page(town, client, "/desk/templates").get_data(as_text=True)
    assert "No hours, no points" in listed
    assert ">ZERO<" not in listed
    code = new(town, client, template="AT60")
    assert town.one("SELECT rule FROM activities_posts WHERE name = 'Sweepers'") == "ZERO"
    assert "No hours, no points" in page(town, client, f"/desk/activities/{code}").text
    assert "0.0 hours, 0 points" in page(town, client, f"/activities/{code}", "V0001").text


def test_the_form_says_how_long_its_kind_usually_takes(town: Town, client: FlaskClient) -> None:
    send(town, client, "/desk/templates/new", TRAINING)
    text = page(town, client, "/desk/activities/new?template=AT60").text
    assert "Without an end: 90 minutes after the start." in text
    field = text[text.index('id="f-ends"') :]
    assert "required" not in field[: field.index(">")]
    code = new(town, client, template="AT60", ends="")
    found = town.activity(code)
    assert (found.ends_at - found.starts_at).total_seconds() == 90 * 60
    other = page(town, client, "/desk/activities/new?template=AT01").text
    assert "Without an end" not in other


def test_a_post_for_the_team_needs_a_team(town: Town, client: FlaskClient) -> None:
    answer = send(town, client, "/desk/activities/new", FORM | {"post-0-team_only": "1"})
    assert answer.status_code == 422
    assert "A post is for the members of a team. Choose the team." in answer.text
    posts = [{"name": "all", "capacity": 3, "team_only": True}]
    refused = Api(client, town.tokens["U-ADM"]).post("/activities", body(posts=posts), 422)
    assert refused["errors"][0]["pointer"] == "#/team"
    assert town.one("SELECT count(*) FROM activities") == 2


def test_an_auditor_reads_a_series_and_changes_nothing(town: Town, client: FlaskClient) -> None:
    where = send(town, client, "/desk/activities/new", FORM | {"weekdays": ["2"]}).location
    text = page(town, client, where, "U-SUP").text
    assert "Yard 5" in text
    assert f"{where}/dates" not in text
    assert f"{where}/end" not in text
    assert send(town, client, f"{where}/dates", {}, "U-SUP").status_code == 403
    assert send(town, client, f"{where}/end", {"reason": "No more"}, "U-SUP").status_code == 403
    assert town.one("SELECT count(*) FROM activities WHERE status = 'cancelled'") == 0
    assert page(town, client, where, "U-GZ").status_code == 404


def test_two_languages_of_a_page_show_the_same_page(town: Town, client: FlaskClient) -> None:
    text = page(town, client, "/activities/A1/join?other=1", "V0010").text
    assert 'href="?other=1&amp;lang=zh"' in text
    listed = page(town, client, "/desk/activities?state=after&lang=en").text
    assert 'href="?state=after&amp;lang=zh"' in listed


def test_who_has_no_phone_stands_on_the_list_of_what_was_called_off(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("07:00"))
    no_phone = "UPDATE people_volunteers SET channel = 'card' WHERE code = %(code)s RETURNING id"
    town.one(no_phone, code="V0002")
    send(town, client, "/activities/A1/signups/cancel", {"who": "self"}, "V0003")
    town.clock.set(at("07:01"))
    answer = send(town, client, "/activities/A1/call-off", {"reason": "Storm"}, "V0010")
    assert answer.location == "/activities/A1/signups"
    listed = page(town, client, answer.location, "V0010").text
    assert "Please tell them yourself." in listed
    rows = [part.split("</li>")[0] for part in listed.split("<li>")[1:]]
    assert ["No phone" in row for row in rows] == [False, True, False]  # V0001, V0002, V0004
    assert "Volunteer 003" not in listed  # gave the place back before
    assert page(town, client, "/activities/A1/signups", "V0001").status_code == 403


def test_dropping_a_draft_leads_back_to_its_plan(town: Town, client: FlaskClient) -> None:
    code = new(town, client, do="draft")
    answer = send(town, client, f"/activities/{code}/call-off", {"reason": "Not now"})
    assert answer.location == f"/desk/activities/{code}"
    text = page(town, client, answer.location).text
    assert f'href="/activities/{code}"' not in text
    assert f"/activities/{code}/signups" not in text
