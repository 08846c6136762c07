"""The pages of the queue: found from the rail, read in both languages, used without JSON."""

import re
from io import BytesIO
from typing import Any

import pytest

from tests.files.test_keep import photo
from tests.reconciliation.exceptions import Exceptions

PAGE = "/desk/exceptions"
MAIN = 'id="main" tabindex="-1">'


class Reader:
    """A browser that is signed in."""

    def __init__(self, exceptions: Exceptions, who: str, language: str = "en") -> None:
        self.client = exceptions.market.client
        self.headers = {"Authorization": f"Bearer {exceptions.market.tokens[who]}"}
        self.headers["Accept-Language"] = language

    def read(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(f"{PAGE}{path}", headers=self.headers)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def send(self, path: str, status: int = 303, **form: Any) -> str:
        answer = self.client.post(f"{PAGE}/{path}", data=form, headers=self.headers)
        assert answer.status_code == status, answer.text
        return str(answer.text)


def test_the_rail_leads_to_the_queue_and_the_queue_to_an_exception(
    exceptions: Exceptions,
) -> None:
    number = exceptions.open(1250, days=3, reference="T-77")
    page = Reader(exceptions, "U-SEC").read()
    assert f'href="{PAGE}" aria-current="page"' in page
    assert f'href="{PAGE}/{number}"' in page
    assert "Missing in the books" in page
    assert "3 days old" in page
    assert "12.50" in page
    assert "T-77" in Reader(exceptions, "U-SEC").read(f"/{number}")


def test_filters_of_the_form_narrow_and_are_kept(exceptions: Exceptions) -> None:
    exceptions.open(500, shop="B", reference="OF-B")
    exceptions.open(500, reference="OF-A")
    page = Reader(exceptions, "U-SEC").read("?state=waiting&shop=B&kind=&age=&community=")
    assert "OF-B" in page
    assert "OF-A" not in page
    assert '<option value="B" selected>' in page
    assert f"{PAGE}?shop=B&amp;state=carried" in page


def test_an_exception_from_assignment_to_answer(exceptions: Exceptions) -> None:
    number = exceptions.open(-900)
    reader = Reader(exceptions, "U-ADM")
    reader.send(f"{number}/assignment", to="U-ADM", was="")
    page = reader.read(f"/{number}")
    assert "9.00 yuan more in the books" in page
    (key,) = set(re.findall(r'name="key" value="([0-9a-f]+)"', page))
    form = {"resolution": "adjusted", "yuan": "4.5", "less": "1", "reason": "typed_wrong"}
    form |= {"note": "half of it", "key": key}
    reader.send(f"{number}/resolution", picture=(BytesIO(photo()), "a.jpg"), **form)
    reader.send(f"{number}/resolution", picture=(BytesIO(photo()), "a.jpg"), **form)
    page = reader.read(f"/{number}")
    assert "half of it" in page
    assert "−4.50" in page
    assert "Something was typed wrong" in page
    assert "Write the answer" not in page
    assert "Posted: number" in page
    (picture,) = re.findall(rf"{PAGE}/{number}(/pictures/[a-z2-7]+)", page)
    told = reader.client.get(f"{PAGE}/{number}{picture}", headers=reader.headers)
    assert told.mimetype == "image/jpeg"
    assert exceptions.get(f"exceptions/{number}")["answers"][0]["fen"] == -450
    assert "half of it" in Reader(exceptions, "U-SEC").read(f"/{number}")


@pytest.mark.parametrize("yuan", ["many", "1.234", "--1", "1e3"])
def test_what_is_no_amount_is_refused_by_its_field(exceptions: Exceptions, yuan: str) -> None:
    number = exceptions.open(900)
    form = {"resolution": "adjusted", "yuan": yuan, "reason": "other", "note": "x"}
    Reader(exceptions, "U-SEC").send(f"{number}/resolution", status=422, **form)
    assert exceptions.market.count("reconciliation_answers") == 0


def test_two_people_answer_a_large_one_on_its_page(exceptions: Exceptions) -> None:
    number = exceptions.open(200_00)
    recorder, approver = Reader(exceptions, "U-ADM"), Reader(exceptions, "U-SUP")
    assert "Above 100.00 yuan" in recorder.read(f"/{number}")
    recorder.send(f"{number}/resolution", resolution="shop_prevails", note="seen", reason="other")
    page = recorder.read(f"/{number}")
    assert "You proposed it" in page
    assert "Approve the answer" not in page
    page = approver.read(f"/{number}")
    assert "Approve the answer" in page
    assert "Write the answer" not in page
    approver.send(f"{number}/approval", answer="1", approve="true")
    assert "approved by U-SUP" in approver.read(f"/{number}")


def test_it_is_carried_over_from_the_page(exceptions: Exceptions) -> None:
    number = exceptions.open(900)
    reader = Reader(exceptions, "U-SEC")
    reader.send(f"{number}/carry", until="2025-10-20", note="wait for the file", reason="other")
    page = reader.read(f"/{number}")
    assert "rests until 2025-10-20" in page
    assert "In suspense" in page
    assert "Write the answer" in page
    assert str(number) in reader.read("?state=carried")


def test_who_only_reads_is_shown_no_form(exceptions: Exceptions) -> None:
    number = exceptions.open(900)
    page = Reader(exceptions, "U-SUP").read(f"/{number}")
    assert "<form" not in page.split("<main", 1)[1]
    Reader(exceptions, "U-OTHER").read(f"/{number}", status=404)
    Reader(exceptions, "U-SUP").send(f"{number}/assignment", status=403, to="U-ADM")


def test_the_association_reads_no_person_there(exceptions: Exceptions) -> None:
    number = exceptions.open(900, detail={"volunteer": "V0001", "points": 20})
    exceptions.open(kind="MISSING_ATTENDANCE", detail={"volunteer": "V0002"})
    officer = Reader(exceptions, "U-CH")
    assert "V0001" not in officer.read(f"/{number}")
    page = officer.read()
    assert "V0002" not in page
    assert "Attendance missing" not in page


def test_a_shop_reads_what_is_said_about_it_and_answers_nothing(exceptions: Exceptions) -> None:
    number = exceptions.open(900, detail={"volunteer": "V0001", "points": 20})
    other = exceptions.open(500, shop="B", reference="R-OF-B")
    exceptions.open(kind="MISSING_ATTENDANCE", detail={"volunteer": "V0002"})
    owner = Reader(exceptions, "A-OWNER")
    page = owner.read(f"/{number}")
    assert "V0001" not in page
    assert "<form" not in page.split("<main", 1)[1]
    listed = owner.read()
    assert f"/desk/exceptions/{number}" in listed
    assert f"/desk/exceptions/{other}" not in listed
    assert "Attendance missing" not in listed
    owner.read(f"/{other}", status=404)
    owner.send(f"{number}/assignment", status=403, to="U-ADM")


@pytest.mark.parametrize("kind", ["OURS_ONLY", "SEQ_GAP", "FILE_BAD", "PLEDGE_OVER", "STATUS_DIFF"])
def test_every_class_has_a_page_in_chinese(exceptions: Exceptions, kind: str) -> None:
    number = exceptions.open(-300 if kind == "OURS_ONLY" else None, kind=kind)
    page = Reader(exceptions, "U-SEC", "zh").read(f"/{number}")
    assert "处理这件差错" in page
    words = re.sub(r"<[^>]+>", " ", page.partition(MAIN)[2])
    assert not re.search(r"[a-z]{4,}", re.sub(r"Association|Shop|U-", "", words)), words


def test_the_list_in_chinese_has_no_english_word(exceptions: Exceptions) -> None:
    exceptions.open(500, days=8)
    page = Reader(exceptions, "U-SEC", "zh").read()
    words = re.sub(r"<[^>]+>", " ", page.partition(MAIN)[2])
    assert "平台漏记" in words
    assert "已 8 天" in words
    assert not re.search(r"[a-z]{4,}", words), words
