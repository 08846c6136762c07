"""Notices on pages and paper: for everybody, for the desk, within one's own community."""

from io import BytesIO

import psycopg
import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from service import notices
from service.notices.press import Press
from service.settlement import digest
from tests.activities.town import DAY, Town, at
from tests.notices.conftest import WEDNESDAY, Apis, Pages, published

FORM = {"key": "PN-1", "since": "2025-10-18", "until": "2025-10-18", "starts_on": "2025-10-20"}


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def paper(client: FlaskClient, path: str) -> str:
    """What a PDF says; nobody but the reader may keep it."""
    with client.get(path) as answer:
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        return text_of(answer.data)


def test_the_secretary_drafts_looks_and_publishes(town: Town, as_: Pages) -> None:
    page = as_("U-ADM").post("/desk/notices", **FORM).get_data(as_text=True)
    assert "The secretary publishes it." in page
    assert '<td class="num">001</td>' in page
    number = town.one("SELECT id FROM notices")
    assert as_("U-ADM").post(f"/desk/notices/{number}/publication").status_code == 403
    page = as_("U-SEC").post(f"/desk/notices/{number}/publication").get_data(as_text=True)
    assert "FM志愿积分公示〔2025〕1号" in page
    assert "FM志愿积分公示〔2025〕1号" in as_("U-SUP").get("/desk/notices")
    assert as_("U-SUP").post("/desk/notices", **FORM).status_code == 403


def test_a_draft_is_nobody_else_s_and_may_be_given_up(town: Town, as_: Pages) -> None:
    as_("U-SEC").post("/desk/notices", **FORM)
    number = town.one("SELECT id FROM notices")
    as_("U-GZ").get(f"/desk/notices/{number}", status=404)
    assert "/desk/notices/1" not in as_("U-GZ").get("/desk/notices")
    assert as_("U-GZ").post(f"/desk/notices/{number}/end").status_code == 404
    as_("V0001").get(f"/desk/notices/{number}", status=403)
    assert "given up" in as_("U-SEC").post(f"/desk/notices/{number}/end").get_data(as_text=True)


def test_wrong_days_are_told_with_their_field(town: Town, api: Apis) -> None:
    answer = api("U-SEC").post("/notices", FORM | {"starts_on": "2025-10-19"}, status=422)
    assert answer["type"].endswith("start-not-working")
    assert answer["errors"][0]["pointer" if "pointer" in answer["errors"][0] else "field"]
    api("U-SEC").post("/notices", FORM | {"since": "soon"}, status=422)
    api("U-GZ").post("/notices", FORM | {"community": "FM"}, status=403)
    assert town.count("notices") == 0


def test_everybody_reads_a_notice_without_signing_in(town: Town, client: FlaskClient) -> None:
    published(town)
    client.set_cookie("lang", "en")
    page = client.get("/notices/FM-2025-1")
    text = page.get_data(as_text=True)
    assert page.status_code == 200, text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<td class="num">001</td>' in text
    assert "Others, in totals only: 2" in text
    assert all(f'<td class="num">{tail}</td>' not in text for tail in ("003", "006"))
    assert "V000" not in text
    assert "FM志愿积分公示〔2025〕1号" in client.get("/notices?community=FM").get_data(as_text=True)
    assert "No notice yet" in client.get("/notices?community=GZ").get_data(as_text=True)
    assert client.get("/notices/FM-2025-2").status_code == 404
    assert client.get("/notices?community=XX").status_code == 404


def test_the_json_is_enough_to_compute_the_digest(town: Town, client: FlaskClient) -> None:
    published(town)
    said = client.get("/api/v1/notices/FM-2025-1").get_json()
    assert digest(said["content"]) == said["digest"]
    for row in said["rows"]:
        nth = row.pop("nth")
        assert digest(row) == said["content"]["rows"][nth - 1]
    assert (said["withdrawn"], said["filed"], said["answered"]) == (0, 0, 0)


def test_a_volunteer_takes_himself_out_of_page_and_paper_at_once(
    town: Town, as_: Pages, press: Press
) -> None:
    published(town)
    reader = as_("V0001")
    assert reader.client.get("/notices/FM-2025-1.pdf").status_code == 410
    assert press.work_off() == 1
    assert "001" in paper(reader.client, "/notices/FM-2025-1.pdf")
    assert "/me/consents" in reader.get("/home/me")
    assert "Yes: ends in 001" in reader.get("/me/consents")
    page = reader.post("/me/consents", given="false").get_data(as_text=True)
    assert "No: you count in the totals only" in page
    public = reader.get("/notices/FM-2025-1")
    assert '<td class="num">001</td>' not in public
    assert "1 person has withdrawn" in public
    assert reader.client.get("/notices/FM-2025-1.pdf").status_code == 410
    assert (press.work_off(), press.work_off()) == (1, 0)
    after = paper(reader.client, "/notices/FM-2025-1.pdf")
    assert "其中 1 人已撤回具名公示" in after
    assert "001" not in after.replace("FM-2025-1", "")
    assert len(list((press.folder / "notices").glob("*.pdf"))) == 1  # the old one is deleted


def test_the_desk_notes_a_consent_on_paper_of_its_own_people(town: Town, as_: Pages) -> None:
    said = {"volunteer": "v0003", "given": "true"}
    assert as_("U-ADM").post("/desk/notices/consents", **said).status_code == 200
    assert town.volunteer("V0003").consent_notice
    assert as_("U-GZ").post("/desk/notices/consents", **said).status_code == 404
    assert as_("U-SUP").post("/desk/notices/consents", **said).status_code == 403
    minor = as_("U-ADM").post("/desk/notices/consents", volunteer="V0006", given="true")
    assert minor.status_code == 409


def test_the_paper_says_what_the_page_says(town: Town, press: Press) -> None:
    row = published(town)
    press.work_off()
    town.clock.set(at("09:00", WEDNESDAY.replace(day=23)))
    assert town.run(notices.end_due, now=town.clock.now()) == 1
    press.work_off()
    (file,) = (press.folder / "notices").glob(f"{row.id}-*.pdf")
    text = text_of(file.read_bytes())
    for words in ("志愿积分公示", row.name, "2025 年 10 月 20 日至 22 日", "4 人参加", "80 分",
                  "其他 2 人，并入团队合计", "公示期满", (row.digest or "")[:32]):  # fmt: skip
        assert str(words) in text


@pytest.mark.parametrize("who", ["U-SEC", "U-SUP"])
def test_an_award_sheet_has_a_line_for_everybody_s_signature(
    town: Town, as_: Pages, who: str
) -> None:
    for page in ("/desk/award-sheets", "/desk/activities/A1"):
        assert "/desk/award-sheets/A1.pdf" in as_(who).get(page)
    text = paper(as_(who).client, "/desk/award-sheets/a1.pdf")
    assert all(tail in text for tail in ("001", "002", "003", "本人签名"))
    assert "V0001" not in text
    assert "合计 3 人，6.0 小时，60 分" in text
    as_("U-GZ").get("/desk/award-sheets/A1.pdf", status=404)
    assert "A1" not in as_("U-GZ").get("/desk/award-sheets")


def test_the_teams_week_sums_teams_and_hides_the_few(town: Town, as_: Pages) -> None:
    page = as_("U-SEC").get("/desk/team-week?week=2025-W42")
    assert "Clean yards" in page
    assert "8.0" in page
    assert "No activity this week" in as_("U-SEC").get("/desk/team-week?week=2025-W40")
    assert "Clean yards" not in as_("U-GZ").get("/desk/team-week?week=2025-W42")
    as_("U-GZ").get("/desk/team-week?week=2025-W42&community=FM", status=403)
    for who in ("V0001", "V0002"):
        town.database.rows(
            "UPDATE activities_awards SET status = 'reversed' WHERE volunteer_id = %(id)s"
            " RETURNING id", {"id": town.volunteer(who).id},
        )  # fmt: skip
    page = as_("U-SEC").get("/desk/team-week?week=2025-W42")
    assert "&lt;3" in page
    assert "4.0" not in page
    text = paper(as_("U-SEC").client, "/desk/team-week.pdf?week=2025-W42")
    assert "少于 3 人" in text
    assert f"{DAY.month} 月 {DAY.day} 日" in text


def test_what_is_said_against_a_notice_is_counted_on_its_page(
    town: Town, as_: Pages, api: Apis
) -> None:
    published(town)
    reader = as_("V0003")
    link = "/me/objections/new?kind=notice&amp;ref=FM-2025-1"
    assert link in reader.get("/notices/FM-2025-1")
    assert "FM志愿积分公示〔2025〕1号" in reader.get(link.replace("&amp;", "&"))
    said = {"kind": "notice", "ref": "FM-2025-1", "text": "I served, too.", "key": "OB-1"}
    api("V0003").post("/me/objections", said, status=201)
    assert "Objections: 1, answered: 0" in as_("V0001").get("/notices/FM-2025-1")
    assert town.run(notices.end_due, now=at("09:00", WEDNESDAY.replace(day=23))) == 1
    assert "Objections: 1, answered: 0" in as_("V0001").get("/notices/FM-2025-1")


def test_an_auditor_of_the_district_above_reads_and_writes_nothing(
    town: Town, as_: Pages, admin: psycopg.Connection
) -> None:
    row = published(town)
    admin.execute("UPDATE people_roles SET role = 'subdistrict_auditor' WHERE scope_code = 'GZ'")
    admin.execute("INSERT INTO people_units (kind, code, name) VALUES ('subdistrict', 'XQ', 'XQ')")
    admin.execute(
        "UPDATE people_units SET parent_id = (SELECT id FROM people_units WHERE code = 'XQ')"
        " WHERE code IN ('FM', 'GZ')"
    )
    admin.execute("UPDATE people_roles SET scope_code = 'XQ' WHERE scope_code = 'GZ'")
    reader = as_("U-GZ")
    assert "FM志愿积分公示〔2025〕1号" in reader.get("/desk/notices")
    assert '<td class="num">001</td>' in reader.get(f"/desk/notices/{row.id}")
    assert "Clean yards" in reader.get("/desk/team-week?week=2025-W42&community=FM")
    for path in ("", f"/{row.id}/publication", f"/{row.id}/end", "/numbering", "/consents"):
        assert reader.post(f"/desk/notices{path}", **FORM).status_code == 403
