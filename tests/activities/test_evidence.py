"""A picture may prove an award or a paper line; staff of the community see it, nobody else."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import EnvironBuilder, TestResponse

from service import files
from service.activities.actions import rights
from tests.activities.town import Api, Town, at
from tests.files.test_keep import photo, png_header, with_place


def encoded(data: dict[str, Any]) -> dict[str, Any]:
    """A form's body as bytes: the client would leave a large one's temporary file open."""
    form = EnvironBuilder(method="POST", data=data, content_type="multipart/form-data")
    sent = form.get_environ()
    with sent["wsgi.input"] as body:
        return {"data": body.read(), "content_type": sent["CONTENT_TYPE"]}


class Browser:
    """Somebody's browser, with forms that may carry a file."""

    def __init__(self, client: FlaskClient, town: Town) -> None:
        self.client, self.town = client, town

    def sign_in(self, who: str, language: str = "en") -> "Browser":
        self.client.set_cookie("aixin_session", self.town.tokens[who])
        self.client.set_cookie("lang", language)
        return self

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, path: str, picture: bytes | None = None, **fields: Any) -> TestResponse:
        page = self.client.get("/activities").get_data(as_text=True)
        data = {"csrf_token": page.split('name="csrf-token" content="')[1].split('"')[0], **fields}
        if picture is not None:
            data["picture"] = (BytesIO(picture), "../../photo.php", "text/plain")
        return self.client.post(path, **encoded(data))

    def award(self, picture: bytes | None, path: str = "/desk/awards", **more: Any) -> TestResponse:
        fields = {
            "volunteer": "V0001", "rule": "R-SKILL", "day": "2025-10-18", "from": "09:00",
            "to": "12:30", "evidence": "photo of the rehearsal", "key": "MA-1",
        }  # fmt: skip
        return self.send(path, picture, **(fields | more))


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Callable[..., Browser]:
    town.clock.set(at("19:00"))
    browser = Browser(client, town)
    return browser.sign_in


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_a_picture_comes_with_an_award_and_the_approver_sees_it(
    town: Town, as_: Callable[..., Browser]
) -> None:
    done = as_("U-ADM").award(with_place())
    assert done.status_code == 302, text(done)
    assert town.one("SELECT status FROM activities_awards") == "waiting"
    approver = as_("U-SUP")
    page = text(approver.get("/desk/awards/MA-1"))
    assert "photo of the rehearsal" in page
    assert 'src="/desk/awards/MA-1/picture"' in page
    shown = approver.get("/desk/awards/MA-1/picture")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Disposition"].startswith("inline; filename=evidence-")
    assert shown.headers["Cache-Control"] == "no-store"
    assert dict(Image.open(BytesIO(shown.data)).getexif()) == {}
    assert "Looked at the picture" in text(approver.get("/desk/awards/MA-1"))
    seen = "SELECT actor FROM trail_records WHERE action = 'see-evidence'"
    assert town.one(seen) == "staff:U-SUP"


# A volunteer is refused by the table of rights before anything is looked up, whatever the number.
@pytest.mark.parametrize(("who", "status"), [("V0001", 403), ("V0002", 403), ("U-GZ", 404)])
def test_nobody_else_sees_it(
    town: Town, as_: Callable[..., Browser], who: str, status: int
) -> None:
    as_("U-ADM").award(photo())
    for number in ("MA-1", "MA-99"):
        assert as_(who).get(f"/desk/awards/{number}/picture").status_code == status
    assert town.one("SELECT count(*) FROM trail_records WHERE action = 'see-evidence'") == 0


def test_a_visitor_is_asked_to_sign_in(town: Town, client: FlaskClient) -> None:
    town.clock.set(at("19:00"))
    Browser(client, town).sign_in("U-ADM").award(photo())
    client.delete_cookie("aixin_session")
    assert client.get("/desk/awards/MA-1/picture").status_code in (302, 401)


def test_an_award_without_a_picture_has_none(town: Town, as_: Callable[..., Browser]) -> None:
    assert as_("U-ADM").award(None).status_code == 302
    assert as_("U-SUP").get("/desk/awards/MA-1/picture").status_code == 404
    assert "No picture was sent" in text(as_("U-SUP").get("/desk/awards/MA-1"))


def test_an_empty_file_field_is_no_picture(town: Town, as_: Callable[..., Browser]) -> None:
    assert as_("U-ADM").award(b"").status_code == 302
    assert town.one("SELECT evidence_file_id FROM activities_awards") is None


@pytest.mark.parametrize(
    ("picture", "zh", "en"),
    [
        (b"<?php system($_GET['c']); ?>", "不是照片", "not a picture"),
        (png_header(30_000, 30_000), "像素太多", "too many points"),
        (photo() + bytes(files.BYTES_MAX), "照片太大", "too large"),
        (bytes(17 * 1024 * 1024), "最多只能上传 16 MB", "At most 16 MB"),
    ],
    ids=["php", "bomb", "large", "flood"],
)
def test_what_is_no_fit_picture_is_refused_in_words_and_nothing_is_written(
    town: Town, as_: Callable[..., Browser], picture: bytes, zh: str, en: str
) -> None:
    for language, words in (("zh", zh), ("en", en)):
        answer = as_("U-ADM", language).award(picture)
        assert answer.status_code in (413, 422)
        assert words in text(answer)
    assert town.count("activities_awards") == town.count("files") == 0


def test_only_forms_for_pictures_take_large_bodies(town: Town, as_: Callable[..., Browser]) -> None:
    answer = as_("U-ADM").send("/desk/awards/MA-1/decision", bytes(2 * 1024 * 1024))
    assert answer.status_code == 413
    assert "At most 1 MB" in text(answer)


def test_sending_the_form_twice_is_one_award_and_one_file(
    town: Town, as_: Callable[..., Browser]
) -> None:
    for _ in range(2):
        assert as_("U-ADM").award(photo()).status_code == 302
    assert town.count("activities_awards") == town.count("files") == 1
    other = as_("U-ADM").award(photo("PNG"))
    assert "This key was used for another request" in text(other)
    assert town.count("files") == 1  # the second picture went with its award


def test_a_captain_sends_a_picture_too(town: Town, as_: Callable[..., Browser]) -> None:
    given = {"volunteer": town.volunteer("V0002"), "by": town.caller("U-SEC"), "now": at("12:00")}
    town.run(rights.entrust, **given)
    page = text(as_("V0002").award(photo(), "/awards/new"))
    assert "A second person decides" in page
    assert as_("V0002").get("/desk/awards/MA-1/picture").status_code == 403
    assert as_("U-SEC").get("/desk/awards/MA-1/picture").status_code == 200


def test_a_paper_line_carries_the_photo_of_its_sheet(
    town: Town, as_: Callable[..., Browser]
) -> None:
    fields = {"volunteer": "V0002", "from": "08:00", "to": "10:00", "evidence": "sheet 1"}
    assert as_("U-ADM").send("/activities/A1/paper", photo(), **fields).status_code == 302
    line = town.one("SELECT id FROM activities_paper_lines")
    assert f"/desk/paper-lines/{line}/picture" in text(as_("U-SEC").get("/desk/awards"))
    assert as_("U-SEC").get(f"/desk/paper-lines/{line}/picture").status_code == 200
    for who, status in (("V0002", 403), ("V0010", 403), ("U-GZ", 404)):
        assert as_(who).get(f"/desk/paper-lines/{line}/picture").status_code == status
    assert as_("U-SEC").get("/desk/paper-lines/99/picture").status_code == 404


class Uploads(Api):
    def upload(self, content: bytes | None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        data = {"picture": (BytesIO(content), "a.jpg")} if content is not None else {}
        return self.client.post("/api/v1/evidence", headers=headers, **encoded(data))


def body(**more: Any) -> dict[str, Any]:
    claimed = {"claimed_from": at("09:00").isoformat(), "claimed_to": at("12:30").isoformat()}
    plain = {"volunteer": "V0001", "rule": "R-SKILL", "evidence": "photo", "key": "MA-1"}
    return plain | claimed | more


def test_the_api_takes_the_picture_first_and_the_award_names_it(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("19:00"))
    recorder, other = (Uploads(client, town.tokens[who]) for who in ("U-ADM", "U-SEC"))
    sent = recorder.upload(photo())
    assert sent.status_code == 201, text(sent)
    code = sent.get_json()["picture"]
    assert other.post("/awards/manual", body(picture=code), 404)["type"].endswith("unknown-file")
    award = recorder.post("/awards/manual", body(picture=code), 201)
    assert award["picture"] is True
    refused = recorder.upload(b"text").get_json()
    assert refused["errors"] == [{"pointer": "#/picture", "detail": "The file is not a picture"}]
    assert recorder.upload(None).status_code == 422
    for bad in ("../../etc/passwd", "a" * 26):
        recorder.post("/awards/manual", body(picture=bad, key="MA-2"), 404)


def test_the_api_takes_a_photograph_of_several_megabytes(town: Town, client: FlaskClient) -> None:
    town.clock.set(at("19:00"))
    noise = BytesIO()
    Image.effect_noise((1700, 1700), 90).save(noise, "PNG")
    assert len(noise.getvalue()) > 2 * 1024 * 1024
    sent = Uploads(client, town.tokens["U-ADM"]).upload(noise.getvalue())
    assert sent.status_code == 201, text(sent)


def test_evidence_of_blanks_is_none(town: Town, client: FlaskClient) -> None:
    town.clock.set(at("19:00"))
    answer = Api(client, town.tokens["U-ADM"]).post("/awards/manual", body(evidence="  \n"), 422)
    assert answer["errors"] == [{"pointer": "#/evidence", "detail": "Please write it in words."}]


def test_a_volunteer_without_a_session_uploads_nothing(town: Town, client: FlaskClient) -> None:
    assert Uploads(client, "nobody").upload(photo()).status_code == 401
    assert town.count("files") == 0
