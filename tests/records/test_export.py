"""What leaves the house: the right lines, harmless cells, real dates, and a mark of it."""

import csv
import io
import tracemalloc
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from service import consents, trail
from service.cells import harmless
from service.consents import Purpose, Turn, Way
from service.records.actions.evaluations import Verdict, evaluate
from service.records.actions.exporting import Order, export_records
from service.records.sheets import COLUMNS, Words
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import DAY, Town, at
from tests.records.conftest import Apis
from tests.records.test_lines import force, manual


@pytest.fixture
def served(town: Town) -> Town:
    """Two hours scanned and one and a half typed in, both on the Saturday."""
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    manual(town, "V0002", clock="13:00", end="14:30")
    town.clock.set(at("19:00"))
    return town


def export(client: FlaskClient, town: Town, path: str, who: str = "U-ADM") -> TestResponse:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    return client.post(path, headers=headers)


def table(client: FlaskClient, town: Town, path: str) -> list[list[str]]:
    answer = export(client, town, path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.endswith(b"\r\n")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_csv_has_a_heading_and_every_line(served: Town, client: FlaskClient) -> None:
    head, *rows = table(client, served, "/desk/records.csv?upto=2025-10-31")
    assert (len(head), head[0], head[6]) == (len(COLUMNS), "Booklet", "Hours scanned")
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    assert [row["volunteer"] for row in found] == ["V0001", "V0002"]
    assert found[0]["title"] == "Activity A1"
    assert [(row["scanned"], row["typed"], row["hours"]) for row in found] == [
        ("2.0", "0.0", "2.0"),
        ("0.0", "1.5", "1.5"),
    ]
    assert (found[0]["day"], found[0]["recorded"]) == ("2025-10-18", "2025-10-18 12:00")
    assert (found[1]["title"], found[1]["content"]) == ("Service entered by hand", "general")


def test_the_xlsx_has_real_days_and_numbers_and_its_sums(served: Town, client: FlaskClient) -> None:
    answer = export(client, served, "/desk/records.xlsx?upto=2025-10-31")
    assert answer.status_code == 200
    assert "records-2025-10-31.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data))
    lines, sums = book.worksheets
    first = [cell.value for cell in lines[2]]
    assert (first[3], first[6]) == (datetime(2025, 10, 18), 2)  # noqa: DTZ001 - a cell has no zone
    assert first[11] == datetime(2025, 10, 18, 12, 0)  # noqa: DTZ001 - a cell has no zone
    assert lines.max_row == 3
    assert lines.freeze_panes == "A2"
    assert [row[1].value for row in sums.iter_rows()][1:] == [2, 2, 1.5, 3.5]


def test_the_json_has_the_lines_and_their_sums(served: Town, api: Apis) -> None:
    found = api("U-ADM").post("/service-records/exports?upto=2025-10-31")
    assert (found["count"], found["hours"], found["scanned_hours"], found["typed_hours"]) == (
        2,
        3.5,
        2.0,
        1.5,
    )
    assert [(one["volunteer"], one["due"], one["late"]) for one in found["items"]] == [
        ("V0001", "2025-10-31", False),
        ("V0002", "2025-10-31", False),
    ]


def test_the_leader_s_word_stands_beside_the_service_it_is_about(
    served: Town, client: FlaskClient, api: Apis
) -> None:
    served.run(
        evaluate,
        activity=served.activity("A1"),
        person=served.volunteer("V0001"),
        verdict=Verdict("excellent", ""),
        by=served.caller("V0010"),
        now=at("12:00"),
    )
    rows = table(client, served, "/desk/records.csv")[1:]
    assert [row[COLUMNS.index("evaluation")] for row in rows] == ["excellent", ""]
    items = api("U-ADM").post("/service-records/exports")["items"]
    assert [one["evaluation"] for one in items] == ["excellent", None]
    for who, path in (("U-ADM", "/desk/records"), ("V0001", "/me/records")):
        client.set_cookie("aixin_session", served.tokens[who])
        page = client.get(f"{path}?lang=en").get_data(as_text=True)
        assert page.count("evaluated: excellent") == 1


def test_only_service_up_to_the_day_and_awards_that_stand_leave(
    served: Town, api: Apis, admin
) -> None:
    assert api("U-ADM").post("/service-records/exports?upto=2025-10-17")["count"] == 0
    force(admin, "UPDATE activities_awards SET status = 'reversed' WHERE kind = 'manual'")
    found = api("U-ADM").post("/service-records/exports")
    assert (found["upto"], found["count"], found["hours"]) == ("2025-10-18", 1, 2.0)


def test_hours_from_before_the_books_are_no_lines(served: Town, api: Apis, admin) -> None:
    force(admin, "UPDATE people_volunteers SET opening_minutes = 6000")
    assert api("U-ADM").post("/service-records/exports")["hours"] == 3.5


def test_every_export_is_an_event_and_a_mark_with_the_digest_of_the_file(
    served: Town, client: FlaskClient
) -> None:
    answer = export(client, served, "/desk/records.csv?upto=2025-10-31")
    (event,) = served.events("RecordsExported")
    assert (event["lines"], event["scanned_minutes"], event["typed_minutes"]) == (2, 120, 90)
    assert (event["upto"], event["format"]) == ("2025-10-31", "csv")
    import hashlib

    assert event["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert answer.headers["X-Content-SHA256"] == event["sha256"]
    (mark,) = served.run(trail.about, subject="records")
    assert (mark.actor, mark.action) == ("staff:U-ADM", "records.export")
    kept = served.database.call("SELECT lines, format, upto, by FROM records_exports")
    assert kept == {"lines": 2, "format": "csv", "upto": date(2025, 10, 31), "by": "staff:U-ADM"}


def test_no_cell_of_the_csv_can_become_a_formula(served: Town, client: FlaskClient, admin) -> None:
    force(admin, "UPDATE activities SET title = '=1+1', place = '@SUM(A1)', content = '+8'")
    row = dict(zip(COLUMNS, table(client, served, "/desk/records.csv")[1], strict=True))
    assert (row["title"], row["place"], row["content"]) == ("'=1+1", "'@SUM(A1)", "'+8")
    book = load_workbook(io.BytesIO(export(client, served, "/desk/records.xlsx").data))
    cell = book.worksheets[0]["C2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])
def test_what_starts_like_a_formula_is_marked(text: str) -> None:
    assert harmless(text) == "'" + text
    assert harmless("扫雪 " + text) == "扫雪 " + text


def test_who_keeps_no_records_exports_none(served: Town, client: FlaskClient, api: Apis) -> None:
    for who in ("V0001", "U-SUP"):
        assert export(client, served, "/desk/records.csv", who).status_code == 403
        assert api(who).post("/service-records/exports", status=403)
    assert client.post("/api/v1/service-records/exports").status_code == 401
    assert served.count("records_exports") == 0


def test_another_community_s_recorder_exports_nothing_of_this_one(served: Town, api: Apis) -> None:
    assert api("U-GZ").post("/service-records/exports")["items"] == []


def test_a_day_that_is_none_is_refused_by_name(served: Town, api: Apis) -> None:
    problem = api("U-ADM").post("/service-records/exports?upto=31.10.2025", status=422)
    assert problem["errors"][0]["pointer"].endswith("/upto")
    assert served.count("records_exports") == 0


def test_reading_an_address_exports_nothing(served: Town, client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {served.tokens['U-ADM']}"}
    for path in ("/desk/records.csv", "/desk/records.xlsx", "/api/v1/service-records/exports"):
        assert client.get(path, headers=headers).status_code in {404, 405}
    assert served.count("records_exports") == 0
    assert served.events("RecordsExported") == []


def test_the_form_says_up_to_which_day(served: Town, client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {served.tokens['U-ADM']}"}
    form = {"upto": "2025-10-17", "csrf_token": "x"}
    answer = client.post("/desk/records.csv", data=form, headers=headers)
    assert answer.headers["X-Record-Count"] == "0"
    assert "records-2025-10-17.csv" in answer.headers["Content-Disposition"]


def test_an_export_is_never_changed(served: Town, client: FlaskClient, owner) -> None:
    table(client, served, "/desk/records.csv")
    with pytest.raises(Exception, match="append-only"):
        owner.execute("UPDATE records_exports SET lines = 0")


def test_thousands_of_lines_are_written_in_little_memory(served: Town, api: Apis, admin) -> None:
    force(
        admin,
        "INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, activity_id, rule,"
        " present_minutes, minutes, points, cut, service_day, service_month, maker, status, flags,"
        " evidence, claimed_from, claimed_to, entered_at)"
        " SELECT 'X-' || n, 1, 'manual', 1, 1, 'R-GEN', 60, 60, 0, 0, '2025-10-18', '2025-10-01',"
        " 'staff:x', 'posted', '{manual}', 'x', now() - interval '2 hours', now(), now()"
        " FROM generate_series(1, 6000) AS n",
    )
    words = Words({name: name for name in COLUMNS}, "by hand", "sums", "upto", "lines")
    for kind in ("csv", "xlsx", "json"):
        order = Order(1, [served.volunteer("V0001").community_id], DAY, kind, words)
        tracemalloc.start()
        file, row = served.run(
            export_records, order=order, by=served.caller("U-ADM"), now=served.clock.now()
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert row.lines == 6002
        assert file.seek(0, io.SEEK_END) > 100_000
        assert peak < 4_000_000, (kind, peak)
        file.close()


# --------------------------------------------------------------- what is reported


def agree(town: Town, code: str, given: bool) -> None:
    """Turn somebody's switch for being reported to the national system."""
    asked = Turn(Purpose.EXPORT, given, Way.SELF)
    whose = town.volunteer(code).id
    town.run(
        consents.turn, volunteer_id=whose, asked=asked, by=f"volunteer:{code}", now=at("18:00")
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_only_who_agreed_is_reported_to_the_national_system(
    served: Town, client: FlaskClient, kind: str
) -> None:
    paths = {"json": "/api/v1/service-records/exports"}
    path = paths.get(kind, f"/desk/records.{kind}") + "?upto=2025-10-31&purpose=national"
    counts = []
    for code, given in (("", True), ("V0002", True), ("V0001", True), ("V0002", False)):
        if code:
            agree(served, code, given)
        answer = export(client, served, path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        counts.append(int(answer.headers["X-Record-Count"]))
    assert counts == [0, 1, 2, 1]
    assert b"V0002" not in answer.data
    assert (
        export(client, served, path.replace("national", "house")).headers["X-Record-Count"] == "2"
    )  # the law's own record has everybody's
    kept = served.database.rows("SELECT purpose FROM records_exports ORDER BY id")
    assert [row["purpose"] for row in kept] == ["national"] * 4 + ["house"]
    said = served.run(trail.about, subject="records")
    assert [one.detail["purpose"] for one in said] == ["national"] * 4 + ["house"]


def test_no_file_of_records_has_a_point(served: Town, client: FlaskClient) -> None:
    head, *_ = table(client, served, "/desk/records.csv?upto=2025-10-31")
    assert not [word for word in head if "point" in word.lower()]
    assert not [word for word in COLUMNS if "point" in word]
