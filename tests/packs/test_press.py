"""A pack on its way: ordered at the desk, made by a worker, taken by whoever may, deleted."""

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlmodel import Session, select

from service import ledger
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, REFUSED
from service.packs import Pack, Press
from service.packs.check import check
from service.packs.press import LOCK
from tests.packs.conftest import OVER
from tests.settlement.test_http import sign_in
from tests.shops.market import Market

OCTOBER = {"first": "2025-10-01", "last": "2025-10-31", "community": "MK"}


@pytest.fixture
def market(market: Market, seal: Any) -> Market:
    """The market in November: something was sold in October, and everybody has signed in anew."""
    market.redeem("V0001", "SOAP", "r1")
    seal()
    market.clock.set(OVER)
    sign_in(market)
    return market


@pytest.fixture
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def press(market: Market, settings: Settings, told: list[tuple[int, int]]) -> Press:
    given = market.settings
    progress = lambda *how: told.append(how)  # noqa: E731 - a fake of one line
    return Press(
        market.database, given.database_url, settings.files_folder, market.clock.now, progress
    )


def rows(market: Market) -> list[Pack]:
    def read(session: Session) -> list[Pack]:
        return list(session.exec(select(Pack)).all())

    return market.database.atomic(read)


def order(market: Market, key: str = "k1", by: str = "U-SEC", **more: Any) -> Any:
    return market.post("/packs", {**OCTOBER, "key": key, **more}, by=by)


def fetch(market: Market, path: str, by: str = "U-SEC") -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}", "Accept-Language": "en"}
    return market.client.get(path, headers=headers)


def test_an_order_becomes_a_file_that_checks(
    market: Market, press: Press, told: list[tuple[int, int]], tmp_path: Path
) -> None:
    first = order(market)
    assert first.status_code == 202, first.text
    assert order(market).json["id"] == first.json["id"]  # sent twice, one order
    assert "Being made" in fetch(market, "/desk/packs").text
    assert fetch(market, f"/desk/packs/{first.json['id']}.zip").status_code == 410

    assert press.work_off() == rows(market)[0].transfers
    assert press.work_off() is None  # nothing is left to make
    assert told[-1][0] == told[-1][1] > 0
    answer = fetch(market, f"/desk/packs/{first.json['id']}.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    path = tmp_path / "taken.zip"
    path.write_bytes(answer.data)
    answer.close()
    found = check(str(path))
    assert found.faults == []
    assert found.counts["transfers"] == rows(market)[0].transfers > 0
    shown = market.get(f"/packs/{first.json['id']}", by="U-SEC").json
    assert (shown["finished"], shown["bytes"]) == (True, path.stat().st_size)
    page = fetch(market, "/desk/packs").text
    assert shown["sha256"] in page
    acts = "SELECT action, actor FROM trail_records WHERE subject = 'community:MK' ORDER BY id"
    assert [(row["action"], row["actor"]) for row in market.database.rows(acts)] == [
        ("pack.order", "staff:U-SEC"),
        ("pack.take", "staff:U-SEC"),
    ]


def test_the_file_goes_after_a_week_and_its_digest_stays(market: Market, press: Press) -> None:
    order(market)
    press.work_off()
    (row,) = rows(market)
    market.clock.set(OVER + timedelta(days=7))
    sign_in(market)
    assert (press.sweep(), press.sweep()) == (1, 0)
    assert not (press.folder / "packs" / str(row.file)).exists()
    assert rows(market)[0].sha256 == row.sha256
    assert fetch(market, f"/desk/packs/{row.id}.zip").status_code == 410
    assert "deleted after its week" in fetch(market, "/desk/packs").text


def test_a_pack_that_another_worker_makes_is_left_to_it(market: Market, press: Press) -> None:
    number = order(market).json["id"]
    with ledger.reading(market.settings.database_url) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, number])
        assert press.work_off() is None
        assert rows(market)[0].tries == 0
    assert press.work_off() is not None  # who died with it holds it no longer


def test_two_workers_make_one_pack_once(market: Market, press: Press) -> None:
    order(market)
    ready, outcomes = threading.Barrier(2), list[int | None]()

    def work() -> None:
        ready.wait()
        outcomes.append(press.work_off())

    hands = [threading.Thread(target=work) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    (row,) = rows(market)
    assert sorted(outcomes, key=str) == [row.transfers, None] or row.tries == 1
    assert (row.tries, row.finished_at is not None) == (1, True)


def test_what_fails_is_given_up_and_said(
    market: Market, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(market)
    monkeypatch.setattr("service.packs.writing.COVER", Path("/nowhere"))
    for _ in range(4):
        with pytest.raises(FileNotFoundError):
            press.work_off()
    assert press.work_off() is None
    assert "failed, please order again" in fetch(market, "/desk/packs").text
    assert list((press.folder / "packs").glob(".*")) == []  # no half file stays


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ({"last": "2025-11-01"}, "period-ahead"),
        ({"last": "2025-09-30"}, "period-backwards"),
        ({"first": "2025-07-01"}, "period-too-long"),
        ({"community": "ELSE"}, "unknown-unit"),
        ({"first": "soon"}, "invalid"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    market: Market, press: Press, given: dict[str, str], slug: str
) -> None:
    answer = order(market, **given)
    assert answer.status_code in (404, 422), answer.text
    assert slug in answer.json["type"]
    assert rows(market) == []


def test_a_key_is_one_order(market: Market, press: Press) -> None:
    order(market)
    assert order(market, first="2025-10-02").status_code == 422
    assert len(rows(market)) == 1


def test_only_the_community_s_own_people_see_it(market: Market, press: Press) -> None:
    number = order(market).json["id"]
    press.work_off()
    assert market.get("/packs", by="U-OTHER").json["items"] == []
    for path in (f"/api/v1/packs/{number}", f"/desk/packs/{number}.zip"):
        assert fetch(market, path, by="U-OTHER").status_code == 404
    for who in ("U-ADM", "U-CH", "A-OWNER"):
        assert fetch(market, "/desk/packs", by=who).status_code == 403
        assert order(market, by=who).status_code == 403
    assert fetch(market, "/desk/packs", by="U-SUP").status_code == 200
    assert fetch(market, f"/desk/packs/{number}.zip", by="U-SUP").status_code == 403
    assert order(market, by="U-SUP").status_code == 403  # he approves, she orders


def test_the_button_on_the_page_orders_a_month(market: Market, press: Press) -> None:
    page = fetch(market, "/desk/packs").text
    assert "Pack 2025-10" in page
    headers = {"Authorization": f"Bearer {market.tokens['U-SEC']}"}
    for _ in range(2):
        answer = market.client.post("/desk/packs", data={**OCTOBER, "key": "b1"}, headers=headers)
        assert answer.status_code == 303
    assert len(rows(market)) == 1


def test_packs_are_paged(market: Market, press: Press) -> None:
    for n in range(22):
        order(market, key=f"p{n}")
    page = market.get("/packs", by="U-SEC").json
    rest = market.get(f"/packs?before={page['next']}", by="U-SEC").json
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (20, 2, None)


def test_the_command_makes_and_verifies_a_pack(
    market: Market, press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from service import cli

    monkeypatch.setattr(cli.Settings, "from_env", lambda environment: market.settings)
    path = tmp_path / "mk.zip"
    asked = ["pack", "--community", "MK", "--month", "2025-10", "-o", str(path)]
    assert cli.main(asked) == DONE
    assert "transfers, signed head" in capsys.readouterr().out
    assert cli.main(["pack", "verify", str(path)]) == DONE
    assert "Everything is in order" in capsys.readouterr().out

    path.write_bytes(path.read_bytes()[:-40])
    assert cli.main(["pack", "verify", str(path)]) == ASKED_WRONGLY
    assert cli.main(["pack", "--community", "MK"]) == ASKED_WRONGLY
    assert cli.main([*asked[:2], "TOWN", *asked[3:]]) == REFUSED  # no community
    days = ["--from", "2025-10-01", "--to", "2025-12-01"]
    assert cli.main([*asked[:3], *days, *asked[5:]]) == REFUSED


def test_statements_and_the_shops_chain_go_with_it(
    market: Market, press: Press, tmp_path: Path, make: Any
) -> None:
    from service import shops
    from service.settlement import Press as StatementPress
    from service.settlement.actions import statements

    row = market.run(shops.shop, code="A")
    asked: dict[str, Any] = {"members": [row], "by": "staff:U-CH", "now": OVER}
    market.run(statements.order, month=OVER.date().replace(month=10), **asked)
    printing = StatementPress(
        market.database, press.folder, "https://aixin.example", market.clock.now,
        lambda done, total: None,
    )  # fmt: skip
    printing.work_off()
    make(tmp_path / "mk.zip", "MK")
    found = check(str(tmp_path / "mk.zip"))
    assert (found.faults, found.counts["signatures"]) == ([], 1)
    make(tmp_path / "else.zip", "ELSE")
    assert check(str(tmp_path / "else.zip")).counts["signatures"] == 0


def test_the_job_makes_what_was_ordered(
    market: Market, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers import evidence_packs
    from workers.runtime import Runtime

    world = Runtime(market.settings, market.database, None, market.clock)  # type: ignore[arg-type]
    monkeypatch.setattr(evidence_packs, "runtime", lambda: world)
    order(market)
    assert evidence_packs.make_packs() == rows(market)[0].transfers
    assert evidence_packs.make_packs() is None


def test_closed_days_stand_under_their_seals(market: Market, make: Any, tmp_path: Path) -> None:
    from service import people
    from service.reconciliation import CommunityDay, reconcile_ended
    from service.reconciliation.close import Signature, close_day

    place = market.run(people.unit, code="MK")
    for day in (date(2025, 10, 18), date(2025, 10, 19)):
        of = CommunityDay(market.programme_id, place.id, day)
        market.run(reconcile_ended, of=of, ended_at=OVER, now=OVER)
        signature = Signature("staff:U-SEC", "seen", OVER)
        market.run(close_day, of=of, signature=signature, today=OVER.date())
    make(tmp_path / "mk.zip", "MK")
    found = check(str(tmp_path / "mk.zip"))
    assert (found.faults, found.counts["days closed"]) == ([], 2)

    with ZipFile(tmp_path / "mk.zip") as file:
        file.extractall(tmp_path / "mk")
    closes = tmp_path / "mk/reconciliation/closes.jsonl"
    closes.write_text(closes.read_text().replace('"seen"', '"fine"', 1))
    assert (
        "day 2025-10-18: what was signed is not what its seal says"
        in check(str(tmp_path / "mk")).faults
    )
