"""The resident's link: it tells little, changes nothing, and takes one rating."""

import pytest
from flask.testing import FlaskClient

from service import matters
from tests.matters.place import Place


@pytest.fixture
def answered(place: Place, app: object) -> matters.Matter:
    """A lamp of which the resident was told that it is mended."""
    return place.answered(place.raised("V0002", text="Old Mr W. cannot see", place="Yard 3, 502"))


@pytest.fixture
def visitor(client: FlaskClient) -> FlaskClient:
    """A resident's telephone: nobody is signed in on it."""
    client.set_cookie("lang", "en")
    return client


def send(visitor: FlaskClient, row: matters.Matter, rating: int, **more: str) -> int:
    sent = {"rating": rating, "words": "", "key": f"r-{rating}", **more}
    return visitor.post(f"/q/{row.token}/rating", data=sent).status_code


def test_the_page_shows_the_state_and_the_answer_and_nothing_personal(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    page = visitor.get(f"/q/{answered.token}").text
    assert "The lamp is mended" in page
    assert answered.number in page
    said = page.replace(answered.token, "")  # which may hold any three digits
    for hidden in ("Old Mr W.", "Yard 3", "502", "V0002", "U-ADM", "Team T1"):
        assert hidden not in said, hidden


def test_before_the_answer_there_is_nothing_to_rate(
    place: Place, app: object, visitor: FlaskClient
) -> None:
    row = place.raised()
    assert "Send the rating" not in visitor.get(f"/q/{row.token}").text
    assert send(visitor, row, 3) == 409
    assert place.arrows(row) == ["raise"]


def test_looking_changes_nothing(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    before = place.arrows(answered)
    for _ in range(3):
        visitor.get(f"/q/{answered.token}")
        visitor.head(f"/q/{answered.token}")
    assert visitor.get(f"/q/{answered.token}/rating").status_code == 405
    assert place.arrows(answered) == before


def test_every_wrong_link_gets_one_answer(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    wrong = ["a" * 26, "x", answered.token[:-1], answered.token + "a", answered.number, "%00"]
    pages = {visitor.get(f"/q/{token}").text for token in wrong}
    codes = {visitor.get(f"/q/{token}").status_code for token in wrong}
    assert (len(pages), codes) == (1, {404})
    assert visitor.post("/q/xyz/rating", data={"rating": 3, "key": "k"}).status_code == 404


def test_who_guesses_links_has_to_wait(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    codes = [visitor.get(f"/q/{n:026d}").status_code for n in range(31)]
    assert codes == [404] * 30 + [429]
    assert visitor.get(f"/q/{answered.token}").status_code == 429


def test_a_rating_counts_once(place: Place, answered: matters.Matter, visitor: FlaskClient) -> None:
    assert send(visitor, answered, 3, words="Quick") == 303
    assert send(visitor, answered, 3, words="Quick") == 303
    assert send(visitor, answered, 3, words="Quick", key="another") == 303
    row = place.again(answered)
    assert (row.rating, row.rating_text, row.state) == (3, "Quick", "answered")
    assert place.arrows(row).count("rate") == 1


def test_a_rating_can_be_changed_for_seven_days(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    send(visitor, answered, 3)
    assert "Your rating has arrived" in visitor.get(f"/q/{answered.token}").text
    place.later(days=7)
    assert send(visitor, answered, 2) == 303
    place.later(seconds=1)
    assert send(visitor, answered, 3, key="late") == 409
    assert place.again(answered).rating == 2
    assert "Change the rating" not in visitor.get(f"/q/{answered.token}").text


def test_the_lowest_rating_opens_it_again(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    send(visitor, answered, 1, words="Still dark")
    row = place.again(answered)
    assert (row.state, row.rating, row.team_id) == ("found", 1, None)
    assert place.arrows(row)[-2:] == ["rate", "reopen"]
    assert "It is open again" in visitor.get(f"/q/{row.token}").text


def test_taken_back_in_time_the_answer_stands(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    send(visitor, answered, 1)
    send(visitor, answered, 3)
    row = place.again(answered)
    assert (row.state, row.rating, row.team_id) == ("answered", 3, place.team("T1").team_id)
    assert place.arrows(row)[-2:] == ["rate", "settle"]


def test_what_somebody_works_on_again_is_not_settled(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    send(visitor, answered, 1)
    place.assigned(answered, "T2")
    send(visitor, answered, 3)
    row = place.again(answered)
    assert (row.state, row.rating, row.team_id) == ("assigned", 3, place.team("T2").team_id)


def test_a_new_answer_is_rated_anew(
    place: Place, answered: matters.Matter, visitor: FlaskClient
) -> None:
    send(visitor, answered, 1)
    place.later(days=30)
    place.answered(answered)
    assert place.again(answered).rating is None
    assert send(visitor, answered, 3, key="second") == 303
    assert place.again(answered).rating == 3


@pytest.mark.parametrize("rating", [0, 4, "x", ""])
def test_only_three_faces_are_taken(
    place: Place, answered: matters.Matter, visitor: FlaskClient, rating: object
) -> None:
    sent = {"rating": rating, "words": "", "key": "k"}
    assert visitor.post(f"/q/{answered.token}/rating", data=sent).status_code == 422
    assert place.again(answered).rating is None


def test_the_same_as_json(place: Place, answered: matters.Matter, client: FlaskClient) -> None:
    told = place.get(client, "", f"/links/{answered.token}").json
    assert told["answer"] == "The lamp is mended"
    assert told["may_rate"] is True
    assert {"place", "text", "link"} & told.keys() == set()
    rated = place.post(client, "", f"/links/{answered.token}/rating", rating=2, words="So so")
    assert (rated.status_code, rated.json["rating"]) == (200, 2)
    assert place.get(client, "", "/links/none").status_code == 404
