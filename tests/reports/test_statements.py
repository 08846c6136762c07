"""A statement shows what is held, owed and expires, what it once was, and every line once."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
from sqlmodel import Session

from service import ledger
from service.db import Database
from service.ledger import Kind, Leg, Posted, Reason, Unit
from service.proof import SigningKey
from service.reports import books, statements
from service.reports.books import PAGE, Wanted
from service.reports.scope import NoSuchAccount, NoSuchTransfer, Scope
from tests.reports.conftest import Town

SECRETARY, NEIGHBOUR, AUDITOR = "U-SEC", "U-GZ", "U-STR"
WALLET = "volunteer:FM0003"
HERE = f"/ledger/accounts/PTS/{WALLET}"
NOON = datetime(2025, 10, 18, 4, tzinfo=UTC)
SIGNER = SigningKey.generate("aixin.example/ledger")


class Clerk:
    """Somebody who moves a few points by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.programme = database.rows("SELECT id FROM programmes")[0]["id"]

    def reason(self, key: str, at: datetime, **given: Any) -> Reason:
        return Reason(
            programme_id=self.programme, key=key, actor="staff:U-ADM", source="test:1",
            occurred_at=at, business_day=given.pop("day", at.date()),
            lot_expires_on=date(2027, 10, 31), **given,
        )  # fmt: skip

    def give(self, points: int, key: str, at: datetime = NOON, **given: Any) -> Posted:
        legs = (Leg("issued", Unit.PTS, -points), Leg(WALLET, Unit.PTS, points))
        reason = self.reason(key, at, **given)
        return self._do(ledger.post, reason, legs=legs, kind=Kind.ADJUST, now=at)

    def hold(self, points: int, key: str, at: datetime = NOON) -> Posted:
        legs = (Leg(WALLET, Unit.PTS, -points), Leg("issued", Unit.PTS, points))
        ends = at + timedelta(hours=1)
        return self._do(ledger.hold, self.reason(key, at), legs=legs, expires_at=ends, now=at)

    def _do(self, move: Callable[..., Posted], reason: Reason, **given: Any) -> Posted:
        def work(session: Session) -> Posted:
            return move(session, reason, **given)

        return self.database.atomic(work)

    def capture(self, held: Posted, key: str, at: datetime = NOON) -> Posted:
        reason = self.reason(key, at)
        return self._do(ledger.capture, reason, hold_id=held.transfer_id, kind=Kind.ADJUST, now=at)

    def release(self, held: Posted, key: str, at: datetime = NOON) -> Posted:
        return self._do(ledger.release, self.reason(key, at), hold_id=held.transfer_id, now=at)


@pytest.fixture
def clerk(town: Town, database: Database) -> Clerk:
    """The neighbourhood's clerk."""
    return Clerk(database)


def page(town: Town, path: str, who: str = SECRETARY) -> str:
    """A page in English, its entities read."""
    return unescape(town.page(who, path))


def scopes(database: Database) -> tuple[Scope, Scope]:
    """What the secretary of FM may see, and what a neighbour may."""
    rows = database.rows(
        "SELECT u.id, u.code, v.programme_id FROM people_units u"
        " JOIN people_volunteers v ON v.code = 'FM0003' WHERE u.kind = 'community'"
    )
    own = database.rows("SELECT community_id AS id FROM people_volunteers WHERE code = 'FM0003'")
    programme = rows[0]["programme_id"]
    other = tuple(row["id"] for row in rows if row["id"] != own[0]["id"])
    return Scope(programme, (own[0]["id"],)), Scope(programme, other)


def test_what_is_set_aside_is_shown_with_its_end_and_leads_to_its_hold(
    town: Town, clerk: Clerk
) -> None:
    held = clerk.hold(30, "hold:1")
    said = page(town, HERE)
    assert re.search(r"Set aside</dt><dd class=\"num\">30<", said)
    assert re.search(r"Free to spend</dt><dd class=\"num\">100<", said)
    assert "until 2025-10-18 13:00" in said
    assert f'href="/ledger/transfers/{held.transfer_id}"' in said
    assert "100" in page(town, "/home", "FM0003")


def test_hold_and_capture_and_release_lead_to_each_other(town: Town, clerk: Clerk) -> None:
    first, second = clerk.hold(30, "hold:1"), clerk.hold(10, "hold:2")
    story = page(town, f"/ledger/transfers/{first.transfer_id}")
    assert "still open until 2025-10-18 13:00" in story
    captured, released = clerk.capture(first, "capture:1"), clerk.release(second, "release:2")
    ends = ((first, captured, "Taken in the end"), (second, released, "Set free again"))
    for hold, end, title in ends:
        there = page(town, f"/ledger/transfers/{hold.transfer_id}")
        assert f'href="/ledger/transfers/{end.transfer_id}"' in there
        assert title in there
        back = page(town, f"/ledger/transfers/{end.transfer_id}")
        assert f'href="/ledger/transfers/{hold.transfer_id}"' in back


def test_a_reversal_is_shown_on_both_sides(town: Town, clerk: Clerk, database: Database) -> None:
    given = clerk.give(10, "adjust:1")
    reason = clerk.reason("reverse:1", NOON)
    back = database.atomic(
        partial(
            lambda session, **how: ledger.reverse(session, reason, **how),
            transfer_id=given.transfer_id,
            now=NOON,
        )
    )
    there = page(town, f"/ledger/transfers/{given.transfer_id}")
    assert f"Reversed by number {back.transfer_id}" in there
    assert f"Reverses number {given.transfer_id}" in page(
        town, f"/ledger/transfers/{back.transfer_id}"
    )


def test_what_counts_for_a_later_day_says_so_and_keeps_its_own(
    town: Town, clerk: Clerk, database: Database
) -> None:
    close = partial(ledger.close_period, programme_id=clerk.programme, month=date(2025, 9, 1))
    database.atomic(partial(close, actor="staff:U-SEC", now=NOON))
    late = clerk.give(10, "adjust:late", day=date(2025, 9, 29))
    story = page(town, f"/ledger/transfers/{late.transfer_id}")
    assert "Its own day is 2025-09-29" in story
    assert "so it counts from 2025-10-01" in story
    assert "of 2025-09-29, counts from 2025-10-01" in page(town, HERE)
    told = town.call(SECRETARY, "GET", f"/api/v1/ledger/transfers/{late.transfer_id}")
    assert (told["business_day"], told["effective_on"]) == ("2025-09-29", "2025-10-01")


def test_a_balance_on_a_day_is_asked_both_ways(town: Town, clerk: Clerk) -> None:
    told_late = NOON + timedelta(days=3)
    clerk.give(10, "adjust:1", told_late, day=date(2025, 10, 18))
    query = f"{HERE}?on=2025-10-18"
    assert ">130<span" in balance(page(town, f"{query}&by=recorded"))
    assert ">140<span" in balance(page(town, f"{query}&by=effective"))
    assert ">130<span" in balance(page(town, f"{HERE}?on=2025-10-21&by=recorded&until=11:59"))
    assert ">140<span" in balance(page(town, f"{HERE}?on=2025-10-21&by=recorded&until=12:00"))


def balance(said: str) -> str:
    """What the answer to "balance on a day" says."""
    return said[said.index('role="status"') :][:600]


@pytest.mark.parametrize("query", ["on=yesterday", "on=2025-13-01", "until=25:00", "on="])
def test_a_day_that_is_none_asks_nothing(town: Town, query: str) -> None:
    assert 'role="status"' not in page(town, f"{HERE}?{query}")


def test_a_debt_stands_among_the_lots(town: Town, clerk: Clerk, database: Database) -> None:
    given = clerk.give(50, "adjust:1")
    clerk.capture(clerk.hold(170, "hold:1"), "capture:1")
    reason = clerk.reason("reverse:1", NOON)
    database.atomic(
        partial(
            lambda session, **how: ledger.reverse(session, reason, **how),
            transfer_id=given.transfer_id,
            now=NOON,
        )
    )
    said = page(town, HERE)
    assert "In debt" in said
    assert re.search(r"debt</dt><dd class=\"num\">−40<", said)


def test_every_line_stands_on_one_page_while_more_are_written(
    town: Town, clerk: Clerk, database: Database
) -> None:
    own, _other = scopes(database)
    for number in range(2 * PAGE + 7):
        clerk.give(1, f"adjust:{number}")
    found = statements.account(database, own, WALLET, "PTS")
    seen: list[int] = []
    before: int | None = None
    while True:
        rows = statements.entries(database, own, found["id"], before=before)
        seen += [row["seq"] for row in rows[:PAGE]]
        clerk.give(1, f"meanwhile:{len(seen)}")
        if len(rows) <= PAGE:
            break
        before = rows[PAGE - 1]["seq"]
    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) == 2 * PAGE + 8  # with the opening
    lines = page(town, HERE)
    assert lines.count("<tr><td") == PAGE
    assert re.search(r'href="[^"]*\?before=\d+" rel="next"', lines)


def test_an_account_without_a_balance_of_its_own_counts_each_entry_once(
    town: Town, clerk: Clerk, database: Database
) -> None:
    own, _other = scopes(database)
    entries = "SELECT sum(amount)::bigint AS n FROM ledger_entries e JOIN ledger_accounts a"
    sums = f"{entries} ON a.id = e.account_id WHERE a.address = 'issued'"
    for _ in range(2):
        clerk.give(10, f"adjust:{_}")
        shown = statements.account(database, own, "issued", "PTS")["balance"]
        assert shown == database.rows(sums)[0]["n"]
        listed = books.accounts(database, own, Wanted(search="issued"))
        assert [row["balance"] for row in listed] == [shown]
        signers = [SIGNER]
        database.atomic(
            partial(ledger.seal, signers=signers, origin=SIGNER.name, now=town.clock.now())
        )
        assert statements.account(database, own, "issued", "PTS")["balance"] == shown


def test_holds_of_another_community_are_not_there(
    town: Town, clerk: Clerk, database: Database
) -> None:
    _own, other = scopes(database)
    held = clerk.hold(30, "hold:1")
    freed = clerk.release(clerk.hold(5, "hold:2"), "release:2")
    for transfer in (held, freed):
        with pytest.raises(NoSuchTransfer):
            books.transfer(database, other, transfer.transfer_id)
        path = f"/ledger/transfers/{transfer.transfer_id}"
        for address in (path, f"/api/v1{path}"):
            answer = town.client.get(address, headers=town.headers(NEIGHBOUR))
            assert answer.status_code == 404
    with pytest.raises(NoSuchAccount):
        statements.account(database, other, WALLET, "PTS")
    assert statements.account(database, other, "issued", "PTS")["holds"] == []
    assert books.transfers(database, other, Wanted(search="hold:")) == []


def test_what_moved_without_a_wallet_is_its_shop_s_community_s(
    town: Town, database: Database
) -> None:
    own, other = scopes(database)
    pledged = [row for row in books.transfers(database, own, Wanted()) if row["kind"] == "pledge"]
    assert len(pledged) > 30
    assert not {row["id"] for row in books.transfers(database, other, Wanted())} & {
        row["id"] for row in pledged
    }
    for row in pledged[:3]:
        with pytest.raises(NoSuchTransfer):
            books.transfer(database, other, row["id"])


def test_another_programme_s_reader_finds_nothing_of_ours(
    town: Town, clerk: Clerk, database: Database
) -> None:
    own, _other = scopes(database)
    elsewhere = Scope(own.programme_id + 1, own.community_ids)
    held = clerk.hold(30, "hold:1")
    with pytest.raises(NoSuchAccount):
        statements.account(database, elsewhere, WALLET, "PTS")
    with pytest.raises(NoSuchAccount):
        statements.account(database, elsewhere, "issued", "PTS")
    with pytest.raises(NoSuchTransfer):
        books.transfer(database, elsewhere, held.transfer_id)
    assert books.transfers(database, elsewhere, Wanted()) == []


def test_a_volunteer_reads_no_statement_of_the_desk(town: Town, clerk: Clerk) -> None:
    held = clerk.hold(30, "hold:1")
    for path in (HERE, f"/ledger/transfers/{held.transfer_id}"):
        assert town.client.get(path, headers=town.headers("FM0003")).status_code == 403
    own = town.call("FM0003", "GET", f"/api/v1/ledger/accounts/{WALLET}/entries")
    assert (own["balance"], own["held_out"]) == (130, 30)
