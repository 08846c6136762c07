"""The JSON of matters: the whole way, who sees what, and how bad requests are refused."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.matters.place import Place

RAISED = {"category": "road", "place": "Yard 3", "text": "The lamp is broken"}


@pytest.fixture(autouse=True)
def served(app: object) -> None:
    """All of these go through HTTP."""


def on_visit(place: Place, client: FlaskClient, who: str = "V0002") -> str:
    answer = place.post(client, who, "/matters", activity="VISIT", **RAISED)
    assert answer.status_code == 201, answer.json
    return str(answer.json["number"])


def test_the_whole_way_from_found_to_rated(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    at = f"/matters/{number}"
    assigned = place.post(client, "U-ADM", f"{at}/assignment", team="T1", words="Please look")
    assert (assigned.json["state"], assigned.json["team"]) == ("assigned", "Team T1")
    solved = place.post(client, "V0001", f"{at}/solution", words="New bulb")
    assert solved.json["state"] == "solved"
    answered = place.post(client, "U-SEC", f"{at}/answer", words="It shines again")
    assert (answered.json["state"], answered.json["answer"]) == ("answered", "It shines again")
    token = answered.json["link"].rsplit("/", 1)[1]
    assert answered.json["link"] == f"https://aixin.example/q/{token}"
    rated = place.post(client, "", f"/links/{token}/rating", rating=3, words="Thanks")
    assert rated.json["rating"] == 3
    story = place.get(client, "U-ADM", at).json["story"]
    assert [(step["arrow"], step["by"]) for step in story] == [
        ("raise", "volunteer:V0002"), ("assign", "staff:U-ADM"), ("solve", "volunteer:V0001"),
        ("answer", "staff:U-SEC"), ("rate", "resident"),
    ]  # fmt: skip


def test_a_grid_worker_solves_and_gives_back(place: Place, client: FlaskClient) -> None:
    for step, state in (("solution", "solved"), ("return", "found")):
        at = f"/matters/{on_visit(place, client)}"
        given = place.post(client, "U-ADM", f"{at}/assignment", grid_worker="U-GRID")
        assert given.json["grid_worker"] == "U-GRID"
        done = place.post(client, "U-GRID", f"{at}/{step}", words="Seen to")
        assert done.status_code == 200, done.json
        assert place.get(client, "U-ADM", at).json["state"] == state


def test_a_resident_at_the_desk(place: Place, client: FlaskClient) -> None:
    answer = place.post(client, "U-ADM", "/matters", **RAISED)
    assert (answer.status_code, answer.json["community"]) == (201, "FM")
    assert answer.json["may"] == ["assign", "note"]


def test_i_need_help_takes_nothing_but_a_key(place: Place, client: FlaskClient) -> None:
    one = place.post(client, "V0002", "/me/help")
    assert (one.status_code, one.json["kind"], one.json["place"]) == (201, "help", "FM")
    other = place.post(client, "V0002", "/me/help", text="On the stairs")
    assert other.json["number"] == one.json["number"]
    place.later(hours=1)
    place.post(client, "V0002", "/me/help", place="Building 7, 301")
    place.later(hours=1)
    assert place.post(client, "V0002", "/me/help").json["place"] == "Building 7, 301"


@pytest.mark.parametrize("who", ["V0003", "V0004", "U-GRI2", "U-GZ", "G0001", "U-SUP", "U-AUD"])
def test_a_matter_of_others_does_not_exist(place: Place, client: FlaskClient, who: str) -> None:
    number = on_visit(place, client)
    place.post(client, "U-ADM", f"/matters/{number}/assignment", grid_worker="U-GRID")
    unknown = place.get(client, who, "/matters/FM-251018-999")
    hidden = place.get(client, who, f"/matters/{number}")
    refusal = (
        403 if who in {"U-SUP", "U-AUD"} else 404
    )  # of these offices there is no matter at all
    assert (hidden.status_code, hidden.json) == (refusal, unknown.json)
    step = place.post(client, who, f"/matters/{number}/solution", words="Done")
    assert step.status_code == refusal
    assert place.get(client, "U-ADM", f"/matters/{number}").json["state"] == "assigned"


def test_nobody_is_asked_to_sign_in_first(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    assert place.get(client, "", f"/matters/{number}").status_code == 401
    assert place.post(client, "", "/matters", **RAISED).status_code == 401
    assert place.post(client, "", "/me/help").status_code == 401


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [
        ("V0002", "solution", 403),
        ("V0002", "answer", 403),
        ("V0001", "answer", 403),
        ("V0001", "reopening", 403),
        ("U-ADM", "solution", 403),
        ("U-ADM", "return", 403),
        ("U-ADM", "answer", 409),
        ("U-ADM", "sending-back", 409),
    ],
)
def test_each_step_is_somebody_s(
    place: Place, client: FlaskClient, who: str, step: str, status: int
) -> None:
    number = on_visit(place, client)
    place.post(client, "U-ADM", f"/matters/{number}/assignment", team="T1")
    answer = place.post(client, who, f"/matters/{number}/{step}", words="Now")
    assert answer.status_code == status
    assert place.get(client, "U-ADM", f"/matters/{number}").json["state"] == "assigned"


def test_the_raiser_reads_the_answer_and_no_reasons(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    at = f"/matters/{number}"
    place.post(client, "U-ADM", f"{at}/assignment", team="T1", words="They complain a lot")
    place.post(client, "V0001", f"{at}/return", words="Not ours")
    seen = place.get(client, "V0002", at).json
    assert (seen["story"], seen["may"]) == ([], ["note"])
    assert "complain" not in str(seen)


def test_a_former_leader_no_longer_reads_it(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    place.post(client, "U-ADM", f"/matters/{number}/assignment", team="T2")
    assert place.get(client, "V0003", f"/matters/{number}").status_code == 200
    place.post(client, "U-ADM", f"/matters/{number}/assignment", team="T1")
    assert place.get(client, "V0003", f"/matters/{number}").status_code == 404


def test_lists_are_scoped(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)

    def numbers(who: str) -> list[str]:
        return [one["number"] for one in place.get(client, who, "/matters").json["items"]]

    assert (numbers("U-ADM"), numbers("U-GZ"), numbers("U-GRID")) == ([number], [], [])
    place.post(client, "U-ADM", f"/matters/{number}/assignment", grid_worker="U-GRID")
    assert (numbers("U-GRID"), numbers("U-GRI2")) == ([number], [])
    for who in ("V0002", "U-SUP", "U-AUD"):
        assert place.get(client, who, "/matters").status_code == 403


def test_a_list_tells_no_words(place: Place, client: FlaskClient) -> None:
    on_visit(place, client)
    listed = place.get(client, "U-ADM", "/matters").json["items"][0]
    assert {"text", "answer", "story", "link"} & listed.keys() == set()


def test_a_volunteer_lists_the_own_matters(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    mine = place.get(client, "V0002", "/me/matters").json
    assert ([one["number"] for one in mine["items"]], mine["next"]) == ([number], None)
    assert place.get(client, "V0001", "/me/matters").json["items"] == []
    assert place.get(client, "U-ADM", "/me/matters").status_code == 403


@pytest.mark.parametrize("state", ["open", "answered"])
def test_pages_together_are_everything_and_nothing_twice(
    place: Place, client: FlaskClient, state: str
) -> None:
    rows = [place.raised(category="road" if n % 2 else "safety") for n in range(35)]
    for row in rows if state == "answered" else []:
        place.answered(row)
    seen, after = [], ""
    while True:
        page = place.get(client, "U-ADM", f"/matters?state={state}&after={after}").json
        seen += [one["number"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 35
    assert set(seen) == {row.number for row in rows}


def test_the_soonest_due_come_first(place: Place, client: FlaskClient) -> None:
    place.later(days=-3)
    later, sooner = place.raised(category="road"), place.raised(category="safety")
    place.later(days=3)
    items = place.get(client, "U-ADM", "/matters").json["items"]
    assert [(one["number"], one["late"]) for one in items] == [
        (sooner.number, True),
        (later.number, False),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "gossip"),
        ("place", ""),
        ("place", "x" * 121),
        ("text", "x" * 1001),
        ("text", "   "),
        ("text", "a\x00b"),
        ("key", "with blanks"),
        ("community", "\x00"),
        ("colour", "red"),
    ],
)
def test_a_bad_request_names_its_field(
    place: Place, client: FlaskClient, field: str, value: str
) -> None:
    answer = place.post(client, "U-ADM", "/matters", **{**RAISED, field: value})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"#/{field}"
    assert place.count_of("matters") == 0


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ({}, "unknown-assignee"),
        ({"team": "T1", "grid_worker": "U-GRID"}, "unknown-assignee"),
        ({"team": "T9"}, "unknown-assignee"),
        ({"grid_worker": "U-ADM"}, "unknown-assignee"),
        ({"grid_worker": "U-GZ"}, "unknown-assignee"),
        ({"team": "T3"}, "team-without-leader"),
    ],
)
def test_only_somebody_who_can_solve_is_assigned(
    place: Place, client: FlaskClient, given: dict[str, str], slug: str
) -> None:
    number = on_visit(place, client)
    answer = place.post(client, "U-ADM", f"/matters/{number}/assignment", **given)
    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{slug}")
    assert place.get(client, "U-ADM", f"/matters/{number}").json["state"] == "found"


def test_refusals_speak_chinese(place: Place, client: FlaskClient) -> None:
    headers = {**place.headers("U-ADM"), "Accept-Language": "zh"}
    answer = client.get("/api/v1/matters/FM-251018-999", headers=headers)
    assert answer.json["title"] == "没有这件事项"


def picture(kind: str = "JPEG") -> BytesIO:
    stream = BytesIO()
    Image.new("RGB", (40, 30), "#a33").save(stream, kind)
    stream.seek(0)
    return stream


def add_picture(place: Place, client: FlaskClient, who: str, number: str, *sent: BytesIO) -> int:
    data = {"key": place.key(), "words": "See here"}
    files = [(one, f"{n}.jpg") for n, one in enumerate(sent)]
    answer = client.post(
        f"/api/v1/matters/{number}/pictures",
        data={**data, "picture": files},
        headers=place.headers(who),
    )
    return answer.status_code


def test_a_picture_is_for_those_who_may_read_the_matter(place: Place, client: FlaskClient) -> None:
    number = on_visit(place, client)
    assert add_picture(place, client, "V0002", number, picture()) == 200
    code = place.get(client, "U-ADM", f"/matters/{number}").json["story"][1]["photos"][0]
    shown = {}
    for who in ("U-ADM", "V0002", "V0003", "U-GZ"):
        url = f"/matters/{number}/pictures/{code}"
        with client.get(url, headers=place.headers(who)) as answer:
            shown[who] = (answer.status_code, answer.mimetype)
    assert shown["U-ADM"] == shown["V0002"] == (200, "image/jpeg")
    assert {shown["V0003"][0], shown["U-GZ"][0]} == {404}


def test_a_picture_of_another_matter_is_not_shown(place: Place, client: FlaskClient) -> None:
    one, other = on_visit(place, client), on_visit(place, client)
    add_picture(place, client, "V0002", one, picture())
    code = place.get(client, "U-ADM", f"/matters/{one}").json["story"][1]["photos"][0]
    answer = client.get(f"/matters/{other}/pictures/{code}", headers=place.headers("U-ADM"))
    assert answer.status_code == 404


def test_what_is_no_picture_is_refused_and_nothing_written(
    place: Place, client: FlaskClient
) -> None:
    number = on_visit(place, client)
    assert add_picture(place, client, "V0002", number, BytesIO(b"<svg/>")) == 422
    five = [picture() for _ in range(5)]
    assert add_picture(place, client, "V0002", number, *five) == 422
    assert len(place.get(client, "U-ADM", f"/matters/{number}").json["story"]) == 1


def test_the_document_describes_every_step(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    mine = {path for path in paths if "/matters" in path or "/links/" in path}
    assert {
        "/api/v1/matters",
        "/api/v1/matters/{number}/assignment",
        "/api/v1/matters/week",
    } <= mine
    assert "/api/v1/links/{token}/rating" in mine
