"""The trail page: found by who, about what, act and day; of one's own community alone."""

from collections.abc import Callable
from typing import Any

from service import trail
from service.db import Database
from tests.reports.conftest import Town

SECRETARY, OTHER, AUDITOR = "U-SEC", "U-GZ", "U-STR"


def noted(town: Town, database: Database) -> None:
    """Three acts in 富民, one in 高庄, and one cell that a spreadsheet would reckon."""
    acts = (
        ("staff:U-ADM", "amend", "volunteer:FM0003", {"reason": "=1+1"}),
        ("staff:U-SEC", "close", "day:{FM}:2025-10-18", {}),
        ("system", "star.review", "volunteer:FM0004", {}),
        ("staff:U-GZ", "close", "nothing:known", {}),
    )
    row = database.call("SELECT id FROM people_units WHERE code = 'FM'")
    assert row is not None
    for actor, action, subject, detail in acts:
        about = subject.replace("{FM}", str(row["id"]))
        said: dict[str, Any] = {"actor": actor, "action": action, "subject": about}
        database.atomic(
            lambda session, said=said, detail=detail: trail.record(
                session, **said, detail=detail, now=town.clock.now()
            )
        )


def test_the_trail_is_found_by_who_about_what_act_and_day(town: Town, database: Database) -> None:
    noted(town, database)
    everything = town.page(SECRETARY, "/desk/trail")
    assert "volunteer:FM0003" in everything
    assert "volunteer:FM0004" in everything
    found = {
        "who=U-ADM": ("FM0003", "FM0004"),
        "who=staff:U-ADM": ("FM0003", "FM0004"),
        "about=fm0004": ("FM0004", "FM0003"),
        "action=star.review": ("FM0004", "FM0003"),
        "first=2025-10-18&last=2025-10-18": ("FM0003", "nothing:known"),
    }
    for query, (there, gone) in found.items():
        page = town.page(SECRETARY, f"/desk/trail?{query}")
        assert f"volunteer:{there}</a>" in page, query
        assert f"volunteer:{gone}</a>" not in page, query
    for query in ("last=2025-10-17&first=2025-10-17", "device=77", "who=U-NOBODY"):
        assert "Nothing found" in town.page(SECRETARY, f"/desk/trail?{query}")
    staff = town.page(SECRETARY, "/desk/staff/U-ADM")
    assert "volunteer:FM0003</a>" in staff


def test_each_reads_the_trail_of_the_own_community_and_nobody_else_s(
    town: Town, database: Database
) -> None:
    noted(town, database)
    theirs = town.page(OTHER, "/desk/trail")
    assert "nothing:known" in theirs
    assert "FM00" not in theirs
    assert "nothing:known" not in town.page(SECRETARY, "/desk/trail")
    above = town.page(AUDITOR, "/desk/trail")
    assert "nothing:known" in above
    assert "FM0003" in above
    for who in ("U-ADM", "U-CH", "FM0003"):
        for path in ("/desk/trail", "/desk/trail.csv"):
            assert town.client.get(path, headers=town.headers(who)).status_code == 403


def test_the_file_opens_in_a_spreadsheet_and_reckons_nothing(
    town: Town, database: Database
) -> None:
    noted(town, database)
    answer = town.client.get("/desk/trail.csv?who=U-ADM&lang=en", headers=town.headers(SECRETARY))
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeffat,actor,action,subject,device,detail\r\n")
    assert "Filled in a time" in text
    assert "\r\n=" not in text
    assert ",=" not in text
    assert "FM0004" not in text


def test_what_was_done_is_placed_where_it_was_done(
    town: Town, served: Callable[[str], Any], database: Database
) -> None:
    noted(town, database)
    rows = database.rows(
        "SELECT r.subject, u.code FROM trail_records r LEFT JOIN people_units u ON u.id = r.unit_id"
    )
    placed = {row["subject"].partition(":")[0]: row["code"] for row in rows}
    assert placed["volunteer"] == "FM"
    assert placed["day"] == "FM"
    assert placed["nothing"] == "GZ"


WECHAT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116 Mobile MicroMessenger/8.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def looks(town: Town, agent: str) -> None:
    """Let the secretary look at the volunteers' names, in a browser, signed in by its cookie."""
    client = town.client.application.test_client()
    client.set_cookie("aixin_session", town.headers(SECRETARY)["Authorization"].split()[1])
    where = {"REMOTE_ADDR": "203.0.113.9"}
    answer = client.get("/desk/volunteers", headers={"User-Agent": agent}, environ_base=where)
    assert answer.status_code == 200


def test_every_record_says_on_which_device_it_was_made(town: Town, database: Database) -> None:
    looks(town, WECHAT)  # signed in by a program before
    looks(town, FIREFOX)
    town.client.get("/desk/volunteers", headers=town.headers(SECRETARY))
    noted(town, database)  # by nobody's request: no device
    rows = database.rows("SELECT actor, device FROM trail_records ORDER BY id")
    assert [row["device"] for row in rows if row["actor"] == f"staff:{SECRETARY}"] == [
        "program", "wechat phone", "firefox desk", "program", None
    ]  # fmt: skip
    assert [row["device"] for row in rows][-4:] == [None] * 4
    said = str(database.rows("SELECT r::text FROM trail_records r"))
    assert "203.0.113" not in said
    assert "Mozilla" not in said


def test_the_trail_is_found_by_its_device(town: Town, database: Database) -> None:
    looks(town, WECHAT)
    looks(town, FIREFOX)
    noted(town, database)
    for words, shown, hidden in (
        ("wechat+phone", "wechat phone", "firefox computer"),
        ("wechat", "wechat phone", "firefox computer"),
        ("手机", "wechat phone", "firefox computer"),
        ("desk", "firefox computer", "wechat phone"),
        ("computer", "firefox computer", "wechat phone"),
    ):
        page = town.page(SECRETARY, f"/desk/trail?device={words}")
        assert shown in page, words
        assert hidden not in page, words
        assert "volunteer:FM0004" not in page, words


def test_a_tablet_s_record_names_the_tablet(town: Town, database: Database) -> None:
    from service import people
    from service.web import caller, now

    app = town.client.application

    def pair(session: Any) -> tuple[int, str]:
        row, token = people.pair_device(
            session, name="G", paired_by="staff:U-SEC",
            community_id=people.community_of(session, "FM"), now=town.clock.now(),
        )  # fmt: skip
        return row.id or 0, token

    number, token = database.atomic(pair)
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        app.preprocess_request()
        assert caller().kind == "device"
        said: dict[str, Any] = {"actor": f"device:{number}", "action": "scan", "subject": "x"}
        database.atomic(lambda session: trail.record(session, **said, now=now()))
    row = database.call("SELECT device FROM trail_records WHERE action = 'scan'")
    assert row == {"device": f"device:{number}"}
    assert trail.device() is None  # the thread's next work is not the tablet's
