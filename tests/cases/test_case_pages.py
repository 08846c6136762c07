"""The pages of cases: opened, proposed, decided, ended by forms alone; and what they cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import event

from tests.activities.town import Town
from tests.cases.conftest import Pages
from tests.cases.test_cases import BOTH, hire_secretary

QUERIES_MAX = 30


def picture() -> BytesIO:
    """A small photograph."""
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    out.seek(0)
    return out


@contextmanager
def counted(town: Town) -> Iterator[list[str]]:
    """Collect the statements of the session's engine."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(town.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(town.database.engine, "before_cursor_execute", note)


def test_a_case_goes_its_way_by_forms(town: Town, as_: Pages) -> None:
    secretary = as_("U-SEC")
    assert "No cases here" in secretary.get("/desk/cases")
    assert 'value="MA-1 MA-2"' in secretary.get("/desk/cases/new?award=MA-1&award=MA-2")
    page = secretary.post(
        "/desk/cases", key="k", title="nobody saw it", volunteer="v0001", awards="MA-1, MA-2",
        note="the photo is old",
    ).get_data(as_text=True)  # fmt: skip
    assert "CASE-1" in page
    assert page.count('name="awards"') == len(BOTH)
    page = secretary.post("/desk/cases/1/proposals", key="p", reason="old photo", awards=BOTH)
    assert "Another approver must decide." in page.get_data(as_text=True)
    approver = as_("U-SUP")
    assert "Approve: take back all of it" in approver.get("/desk/cases/1")
    page = approver.post("/desk/cases/1/proposals/1/decision", decision="accept")
    assert "approved and posted" in page.get_data(as_text=True)
    assert town.balance("V0001") == 0
    secretary = as_("U-SEC")
    secretary.post("/desk/cases/1/assignment", to="U-SEC", was="")
    until = {"volunteer": "V0010", "until": "2025-12-31"}
    assert "2025-12-31" in secretary.post("/desk/cases/1/suspensions", **until).get_data(
        as_text=True
    )
    assert "suspended until 2025-12-31" in secretary.get("/desk/awards/rights")
    secretary.post("/desk/cases/1/solution", outcome="put_right", words="taken back")
    page = secretary.post("/desk/cases/1/answer", words="Both awards went back.")
    assert "Both awards went back." in page.get_data(as_text=True)
    assert "CASE-1" in secretary.get("/desk/cases?answered=1")
    assert "Both awards went back." in as_("V0001").get("/me/objections")


def test_a_form_that_lacks_something_writes_nothing(town: Town, as_: Pages) -> None:
    secretary = as_("U-SEC")
    assert secretary.post("/desk/cases", key="k").status_code == 422
    assert secretary.post("/desk/cases", key="k", title="x", findings="9").status_code == 422
    assert secretary.post("/desk/cases", key="k", title="x", exceptions="no").status_code == 422
    assert secretary.post("/desk/cases", key="k", title="x", volunteer="V9").status_code == 404
    assert town.count("cases") == 0
    assert town.count("cases_evidence") == 0


def test_a_picture_is_kept_as_evidence_and_looks_are_written_down(town: Town, as_: Pages) -> None:
    secretary = as_("U-SEC")
    secretary.post("/desk/cases", key="k", title="x", picture=(picture(), "p.jpg"))
    code = town.one("SELECT code FROM files")
    answer = secretary.client.get(f"/desk/cases/1/pictures/{code}")
    assert answer.mimetype == "image/jpeg"
    town.run(hire_secretary, town=town)
    assert as_("U-GS").client.get(f"/desk/cases/1/pictures/{code}").status_code == 404
    seen = "SELECT count(*) FROM trail_records WHERE action = 'see-evidence'"
    assert town.one(seen) == 1


def test_no_page_asks_once_a_row(town: Town, as_: Pages) -> None:
    secretary = as_("U-SEC")
    for n in range(3):
        secretary.post("/desk/cases", key=f"k{n}", title="x", awards="MA-1 MA-2", volunteer="V0001")
    costs = []
    for path in ("/desk/cases", "/desk/cases/1", "/desk/objections"):
        with counted(town) as seen:
            secretary.get(path)
        costs.append(len(seen))
    assert max(costs) <= QUERIES_MAX, costs


def test_the_trail_shows_who_did_what(town: Town, as_: Pages) -> None:
    secretary = as_("U-SEC")
    secretary.post("/desk/cases", key="k", title="x", awards="MA-1")
    secretary.post("/desk/cases/1/evidence", kind="award", ref="MA-2")
    secretary.post("/desk/cases/1/evidence", kind="award", ref="MA-2")
    rows = town.database.rows(
        "SELECT action FROM trail_records WHERE subject = 'case:1' ORDER BY id"
    )
    assert [row["action"] for row in rows] == ["case.open", "case.evidence", "change"]
    assert "Added evidence" in secretary.get("/desk/cases/1")
