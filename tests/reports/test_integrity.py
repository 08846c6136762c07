"""The integrity panel: head, months, verification, and the file; and who may see which of it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from html import unescape
from typing import Any

import psycopg
import pytest
from sqlmodel import Session

from service import ledger
from service.db import Database
from service.proof import SigningKey, verify_lines
from service.reports.findings import said
from tests.reports.conftest import Town

ORIGIN = "aixin.example/ledger"
KEY = SigningKey.generate(ORIGIN)
SECRETARY, AUDITOR, NEIGHBOUR, OFFICER = "U-SEC", "U-STR", "U-GZ", "U-CH"
PANEL = "/ledger/integrity"
API = "/api/v1/ledger/verifications"
Seal = Callable[[], ledger.Head]


@pytest.fixture
def seal(town: Town, database: Database) -> Seal:
    """Let the sealer come by."""

    def come() -> ledger.Head:
        work = partial(ledger.seal, signers=[KEY], origin=ORIGIN, now=town.clock.now())
        head = database.atomic(work)
        assert head is not None
        return head

    return come


def verify(town: Town, database: Database) -> ledger.Verification:
    """Do what a worker does."""
    found = ledger.verify_database(database, now=town.clock.now)
    assert found is not None
    return found


def panel(town: Town, who: str = SECRETARY, query: str = "") -> str:
    """The panel as somebody reads it."""
    return unescape(town.page(who, PANEL + query))


def test_before_the_first_sealing_everything_waits(town: Town, database: Database) -> None:
    page = panel(town)
    waiting = database.rows("SELECT count(*) AS n FROM ledger_unsealed")[0]["n"]
    assert waiting > 300
    assert "Nothing is sealed yet" in page
    assert re.search(rf"Waiting to be sealed</dt><dd class=\"num\">{waiting}<", page)
    assert "Nothing was verified yet" in page


def test_the_head_stands_there_with_its_note_and_its_code(
    town: Town, seal: Seal, database: Database
) -> None:
    head = seal()
    page = panel(town)
    assert head.root.hex() in page
    assert head.note in page
    assert str(KEY.verify_key) in page
    assert 'alt="The signed head as a code"' in page
    assert re.search(r"Waiting to be sealed</dt><dd class=\"num\">0<", page)


def test_verify_now_is_asked_once_however_often_it_is_sent(
    town: Town, seal: Seal, database: Database
) -> None:
    seal()
    for _ in range(3):
        sent = town.client.post(f"{PANEL}/verifications", headers=town.headers(SECRETARY))
        assert sent.status_code == 303
    joined = town.call("U-SUP", "POST", API)
    assert town.client.post(API, headers=town.headers(AUDITOR)).status_code == 403
    assert "Being verified now" in panel(town)
    assert database.rows("SELECT count(*) AS n FROM ledger_verifications")[0]["n"] == 1
    assert (joined["finished"], joined["started_at"], joined["done"]) == (False, None, 0)
    done = verify(town, database)
    told = town.call(SECRETARY, "GET", f"{API}/{done.id}")
    assert told["finished"]
    assert told["done"] == told["transfers"] == told["size"] > 300
    assert (told["faults"], told["findings"]) == (0, [])
    page = panel(town)
    assert "all fits" in page
    assert "Verify everything now" in page
    asked = "SELECT actor FROM trail_records WHERE action = 'ledger.verification_asked'"
    assert {row["actor"] for row in database.rows(asked)} == {"staff:U-SEC", "staff:U-SUP"}


def test_what_was_forged_is_named_and_its_places_only_to_who_sees_all(
    town: Town, seal: Seal, database: Database, admin: psycopg.Connection
) -> None:
    seal()
    admin.execute(
        "UPDATE ledger_transfers SET actor = 'somebody' WHERE id ="
        " (SELECT transfer_id FROM ledger_entries WHERE balance = 185 LIMIT 1)"
    )
    asked = town.call(SECRETARY, "POST", API)
    verify(town, database)
    secretary, auditor = panel(town), panel(town, AUDITOR)
    for page in (secretary, auditor):
        assert "does not fit" in page
        assert "An entry was changed after it was recorded" in page
    [found] = town.call(AUDITOR, "GET", f"{API}/{asked['id']}")["findings"]
    assert found["kind"] == "altered"
    number = int(found["place"].removeprefix("leaf ")) + 1
    forged = database.rows("SELECT id FROM ledger_transfers WHERE actor = 'somebody'")[0]["id"]
    assert f'<a href="/ledger/transfers/{forged}">entry {number} of the log</a>' in auditor
    assert "of the log</a>" not in secretary
    assert town.call(SECRETARY, "GET", f"{API}/{asked['id']}")["faults"] == 1


def test_the_places_of_a_finding_are_kept_from_who_sees_one_community(
    town: Town, seal: Seal, database: Database, admin: psycopg.Connection
) -> None:
    seal()
    admin.execute("UPDATE ledger_accounts SET posted = posted + 1 WHERE posted = 185")
    asked = town.call(NEIGHBOUR, "POST", API)
    verify(town, database)
    told = town.call(NEIGHBOUR, "GET", f"{API}/{asked['id']}")
    assert told["faults"] >= 1
    assert told["findings"] == []
    page = panel(town, NEIGHBOUR)
    assert "A balance is not the sum of its entries" in page
    assert "volunteer:FM" not in page


def test_only_readers_of_the_ledger_come_near_it(town: Town) -> None:
    for who in ("FM0001", OFFICER):
        assert town.client.get(PANEL, headers=town.headers(who)).status_code == 403
        assert town.client.post(API, headers=town.headers(who)).status_code == 403
        exported = town.client.post(f"{PANEL}/export", headers=town.headers(who))
        assert exported.status_code == 403
    assert town.client.get(PANEL).headers["Location"] == f"/sign-in?next={PANEL}"
    assert town.client.get(f"{API}/1").status_code == 401
    missing = town.client.get(f"{API}/99999", headers=town.headers(SECRETARY))
    assert missing.status_code == 404


def test_the_file_is_for_who_may_read_every_community_and_verifies(
    town: Town, seal: Seal, database: Database
) -> None:
    seal()
    for who in (SECRETARY, NEIGHBOUR):
        refused = town.client.post(f"{PANEL}/export", headers=town.headers(who))
        assert refused.status_code == 403
        assert "the sub-district's auditor can download it" in panel(town, who)
    assert "Download the ledger" in panel(town, AUDITOR)
    answer = town.client.post(f"{PANEL}/export", headers=town.headers(AUDITOR))
    assert answer.status_code == 200
    assert "aixin-ledger-2025-10-18.tsv" in answer.headers["Content-Disposition"]
    lines = answer.data.splitlines(keepends=True)
    report = verify_lines(iter(lines))
    assert report.fine
    assert report.counts["leaves"] > 300
    taken = database.rows("SELECT actor FROM trail_records WHERE action = 'ledger.exported'")
    assert taken == [{"actor": "staff:U-STR"}]


def test_a_get_never_exports_or_verifies(town: Town, database: Database) -> None:
    for path in ("verifications", "export"):
        answer = town.client.get(f"{PANEL}/{path}", headers=town.headers(AUDITOR))
        assert answer.status_code == 405
    assert database.rows("SELECT count(*) AS n FROM ledger_verifications")[0]["n"] == 0


def test_months_are_open_closed_and_sealed_each_with_its_seal(
    town: Town, seal: Seal, database: Database
) -> None:
    programme = database.rows("SELECT id FROM programmes")[0]["id"]
    later = datetime(2025, 12, 2, 4, tzinfo=UTC)
    town.clock.set(later)
    seal()
    for month in (date(2025, 9, 1), date(2025, 11, 1)):
        work = partial(ledger.close_period, programme_id=programme, month=month)
        database.atomic(partial(work, actor="staff:U-SEC", now=later))
    first = partial(ledger.seal_period, programme_id=programme, month=date(2025, 9, 1))
    period = database.atomic(partial(first, signers=[KEY], origin=ORIGIN, now=later))
    page = panel(town)
    rows = re.findall(r"<tr><td class=\"num\">(\d{4}-\d\d)</td><td>.*?</svg> ([^<]*)</span>", page)
    assert rows[:4] == [
        ("2025-12", "Open for entries"),
        ("2025-11", "Closed, not sealed yet"),
        ("2025-10", "Closed with a later month"),
        ("2025-09", "Sealed"),
    ]
    assert period.seal is not None
    assert period.seal.hex() in page


def test_every_head_and_every_month_is_on_one_page_only(
    town: Town, seal: Seal, database: Database
) -> None:
    programme = database.rows("SELECT id FROM programmes")[0]["id"]
    sizes = [seal().size]
    for number in range(45):
        reason = ledger.Reason(
            programme_id=programme, key=f"adjust:{number}", actor="staff:U-ADM", source="test:1",
            occurred_at=town.clock.now(), business_day=date(2025, 10, 18),
            lot_expires_on=date(2027, 10, 31),
        )  # fmt: skip
        legs = (
            ledger.Leg("issued", ledger.Unit.PTS, -1),
            ledger.Leg("volunteer:FM0001", ledger.Unit.PTS, 1),
        )
        move = {"kind": ledger.Kind.ADJUST, "legs": legs, "now": town.clock.now()}
        database.atomic(partial(post, reason=reason, **move))
        sizes.append(seal().size)
    town.clock.set(datetime(2027, 6, 1, tzinfo=UTC))
    size = r'class="r num">([\d,]+)</td><td class="mono'
    heads = walk(town, r'href="/ledger/integrity(\?before=\d+)"', size)
    assert [int(size.replace(",", "")) for size in heads] == sizes[::-1]
    month = r'<tr><td class="num">(\d{4}-\d\d)<'
    months = walk(town, r'href="/ledger/integrity(\?month=[\d-]+)"', month)
    assert months == sorted(set(months), reverse=True)
    assert months[0] == "2027-06"
    assert len(months) == (2027 - int(months[-1][:4])) * 12 + 6 - int(months[-1][5:]) + 1


def post(session: Session, *, reason: ledger.Reason, **move: Any) -> ledger.Posted:
    """Post what a transaction hands over by name."""
    return ledger.post(session, reason, **move)


def walk(town: Town, link: str, item: str) -> list[str]:
    """Follow the links to older pages and return what stands on all of them."""
    found: list[str] = []
    query = ""
    while True:
        page = panel(town, SECRETARY, query)
        found += re.findall(item, page)
        older = re.findall(link, page)
        if not older:
            return found
        query = older[0]


@pytest.mark.parametrize(
    ("place", "where", "href"),
    [
        ("leaf 7", "entry 8 of the log", "/ledger/transfers/70"),
        ("leaf 8", "entry 9 of the log", ""),
        ("leaves 3 to 5", "entries 4 to 6", ""),
        ("transfer 12", "entry number 12", "/ledger/transfers/12"),
        (
            "account volunteer:FM0003 PTS (programme 1)",
            "account volunteer:FM0003, PTS",
            "/ledger/accounts/PTS/volunteer%3AFM0003",
        ),
        ("head 40", "head at entry 40", ""),
        ("period 2025-10 (programme 1)", "month 2025-10", ""),
        ("line 3", "line 3", ""),
    ],
)
def test_a_place_is_said_in_words_and_leads_to_its_page(place: str, where: str, href: str) -> None:
    assert said(place, {7: 70}, str) == (where, href)
