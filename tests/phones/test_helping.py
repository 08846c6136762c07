"""A relative's phone fetches for a volunteer (代办): less, until a day, and it is always said."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from service import outbox, passes, people, programmes, redemptions
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.passes import Helper
from service.phones import actions
from service.phones.actions import Asking, Bound, Offer, Wish
from service.phones.models import BindingOver, DayRefused, HelperExists
from tests.desk.test_query_counts import counted
from tests.phones.conftest import nonce_of, shown
from tests.shops.market import DAY, FIGURES, PIN, Market, build
from workers.consumers import CONSUMERS

UNTIL = DAY + timedelta(days=30)


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def offer(market: Market, *, until: date | None = UNTIL, who: str = "V0001") -> Offer:
    def work(session: Session) -> Offer:
        wish = Wish(uuid4().hex, "staff:U-ADM", until)
        owner = people.volunteer(session, who)
        return actions.claim(session, market.keys, owner, wish=wish, now=market.clock.now())

    return market.run(work)


def bind(market: Market, shown: Offer) -> Bound:
    asking = Asking(shown.url.rsplit("/", 1)[-1], shown.digits, uuid4().hex)
    return market.run(actions.bind, keys=market.keys, asking=asking, now=market.clock.now())


@pytest.fixture
def pid(market: Market) -> str:
    """Let a relative's phone fetch for V0001; return its public id."""
    token = bind(market, offer(market)).token
    return market.run(passes.helper, token=token, now=market.clock.now()).pid


def code(market: Market, pid: str) -> str:
    return passes.pass_codes(market.keys, pid, at=market.clock.now())[0].url


def later(market: Market, **time: int) -> None:
    market.clock.set(market.clock.now() + timedelta(**time))


def helps(market: Market, pid: str, good: str, key: str, **more: Any) -> dict[str, Any]:
    return market.redeem("V0001", good, key, code=code(market, pid), **more)


def end(session: Session, *, market: Market) -> None:
    owner = people.volunteer(session, "V0001")
    found = session.exec(select(Helper).where(Helper.volunteer_id == owner.id)).one()
    actions.end_helper(
        session, owner, helper_id=found.id, actor="volunteer:V0001", now=market.clock.now()
    )


def test_a_relative_fetches_with_one_scan_and_it_is_said_everywhere(
    market: Market, pid: str
) -> None:
    answer = helps(market, pid, "SOAP", "k1")
    assert (answer["status"], answer["via"], answer["flags"]) == ("ok", "helper", ["helper"])
    assert market.balance("V0001") == 480
    memo = market.one("SELECT memo FROM ledger_transfers WHERE kind = 'redeem'")
    assert memo == {"good": "Soap", "qty": 1, "by": "helper"}
    lines = market.get("/redemptions", by="A").json["items"]
    assert lines[0]["flags"] == ["helper"]
    market.check_books()


def test_the_volunteer_s_own_sale_says_nothing_of_it(market: Market, pid: str) -> None:
    assert market.redeem("V0001", "SOAP", "k1")["flags"] == []
    assert market.one("SELECT memo FROM ledger_transfers WHERE kind = 'redeem'") == {
        "good": "Soap",
        "qty": 1,
    }


def test_more_than_the_rules_allow_at_a_time_is_refused(market: Market, pid: str) -> None:
    answer = helps(market, pid, "SOAP", "k1", qty=2)
    assert (answer["status"], answer["reason"]) == ("refused", "helper_limit")
    assert helps(market, pid, "HAT", "k2")["reason"] == "helper_limit"
    assert market.balance("V0001") == 500


def test_a_day_has_its_limit_and_tomorrow_another(market: Market, pid: str) -> None:
    assert helps(market, pid, "SOAP", "k1")["status"] == "ok"
    later(market, minutes=61)
    assert helps(market, pid, "SOAP", "k2")["status"] == "ok"
    later(market, minutes=61)
    assert helps(market, pid, "SOAP", "k3")["reason"] == "helper_day"
    assert market.redeem("V0001", "SOAP", "k4", by="B")["status"] == "ok"  # the owner may
    later(market, days=1)
    assert helps(market, pid, "SOAP", "k5")["status"] == "ok"


def test_what_was_undone_gives_the_day_its_room_back(market: Market, pid: str) -> None:
    helps(market, pid, "SOAP", "k1")
    later(market, minutes=1)
    body = {"code": code(market, pid)}
    assert market.post("/redemptions/k1/void", body, by="A").json["status"] == "ok"
    for number in range(2):
        later(market, minutes=61)
        assert helps(market, pid, "SOAP", f"again{number}")["status"] == "ok"


def test_two_tills_at_once_do_not_pass_the_days_limit(market: Market, pid: str) -> None:
    shown = code(market, pid)
    later(market, seconds=30)
    other = code(market, pid)

    def sell(by: str, with_code: str) -> str:
        return market.redeem("V0001", "SOAP", f"key-{by}", by=by, code=with_code, qty=1)["status"]

    market.run(lower_day)
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(sell, ("A", "B"), (shown, other)))
    assert sorted(said) == ["ok", "refused"]
    assert market.balance("V0001") == 480


def lower_day(session: Session) -> None:
    """Adopt a day's limit of 30 points for the day after the first rules began."""
    programme = people.volunteer(session, "V0001").programme_id
    programmes.adopt(
        session,
        programme_id=programme,
        code="MK-2",
        figures=FIGURES | {"helper": {"day_points": 30}},
        effective_from=date(2025, 2, 1),
    )


def test_a_relative_gets_no_discount_and_no_tile_beyond_the_limits(
    market: Market, pid: str
) -> None:
    looked = market.post("/till/lookups", {"code": code(market, pid)}, by="A").json
    assert (looked["via"], looked["needs_pin"]) == ("helper", False)
    assert looked["standing"] == {
        "discount_pct": 0,
        "discount_used": False,
        "excluded_kinds": [],
    }
    tiles = {tile["good"]: tile["reason"] for tile in looked["tiles"]}
    assert tiles["SOAP"] is None
    assert tiles["HAT"] == tiles["OIL"] == "helper_limit"
    body = {"code": code(market, pid), "bill_fen": 10_000}
    refused = market.post("/discounts", body, by="A", key="d1").json
    assert (refused["status"], refused["reason"]) == ("refused", "helper_discount")
    assert market.count("redemptions_discounts") == 0


def test_a_relative_never_checks_in(market: Market, pid: str) -> None:
    url, now = code(market, pid), market.clock.now()
    assert isinstance(passes.resolve(market.database, market.keys, url, at=now), passes.Unreadable)
    seen = passes.resolve_all(market.database, market.keys, [(url, now)])
    assert [one.reason for one in seen] == ["unknown_code"]  # type: ignore[union-attr]


def test_an_ended_relative_fetches_nothing_from_that_moment_on(market: Market, pid: str) -> None:
    shown = code(market, pid)
    market.run(end, market=market)
    market.run(end, market=market)
    answer = market.redeem("V0001", "SOAP", "k1", code=shown)
    assert (answer["status"], answer["reason"]) == ("refused", "card_blocked")
    acts = market.database.rows(
        "SELECT action, actor FROM trail_records WHERE action LIKE 'helper.%%' ORDER BY id", {}
    )
    assert [tuple(row.values()) for row in acts] == [
        ("helper.claim", "staff:U-ADM"),
        ("helper.bind", "staff:U-ADM"),
        ("helper.end", "volunteer:V0001"),
    ]


def test_the_last_day_counts_and_the_next_does_not(market: Market, pid: str) -> None:
    later(market, days=30)
    assert helps(market, pid, "SOAP", "k1")["status"] == "ok"
    later(market, days=1)
    assert helps(market, pid, "SOAP", "k2")["reason"] == "card_expired"
    bind(market, offer(market, until=UNTIL + timedelta(days=9)))  # its place is free


@pytest.mark.parametrize("days", [-1, 366])
def test_a_day_before_today_or_beyond_the_rules_is_refused(market: Market, days: int) -> None:
    with pytest.raises(DayRefused):
        offer(market, until=DAY + timedelta(days=days))


def test_one_relative_at_a_time_however_quick_two_are(market: Market) -> None:
    shown = offer(market)

    def take(_: int) -> str:
        try:
            return bind(market, shown).token
        except (BindingOver, HelperExists):
            return "refused"

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(take, range(3))).count("refused") == 2
    with pytest.raises(HelperExists):
        offer(market)
    assert market.count("passes_helpers") == 1


def test_a_relative_is_no_caller_anywhere(market: Market) -> None:
    token = bind(market, offer(market)).token
    headers = {"Authorization": f"Bearer {token}"}
    assert market.client.get("/api/v1/me", headers=headers).json["kind"] == "anonymous"
    assert market.client.get("/api/v1/me/passes", headers=headers).status_code == 401
    assert market.one("SELECT count(*) FROM people_sessions WHERE token_hash = %(hash)s",
                      hash=people.token_hash(token)) == 0  # fmt: skip


def test_a_sale_to_a_relative_takes_not_a_statement_more(
    market: Market, pid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.redeem("V0001", "SOAP", "warm")  # the rules in force are known now
    later(market, minutes=61)
    with counted(monkeypatch) as own:
        market.redeem("V0001", "SOAP", "k1", by="B")
    later(market, minutes=61)
    with counted(monkeypatch) as kin:
        helps(market, pid, "SOAP", "k2", by="B")
    assert len(kin) == len(own) <= 4, own


def test_an_offline_sale_to_a_relative_is_kept_and_flagged_beyond_the_limits(
    market: Market, pid: str
) -> None:
    at = market.clock.now()
    shown = code(market, pid)
    later(market, minutes=5)
    body = {"occurred_at": at.isoformat(), "offline": True}
    answer = market.redeem("V0001", "LAST", "k1", code=shown, **body)
    assert answer["status"] == "ok"
    assert set(answer["flags"]) == {"helper", "limit_breach"}


def test_what_the_volunteer_chose_is_handed_to_a_relative_with_the_pin(
    market: Market, pid: str
) -> None:
    key = market.post("/me/choices", {"shop": "A", "good": "HAT"}, by="V0001", key="my-nonce").json[
        "key"
    ]
    body: dict[str, str] = {"code": code(market, pid)}
    asked = market.post(f"/redemptions/{key}/capture", body, by="A").json
    assert asked["reason"] == "step_up"
    done = market.post(f"/redemptions/{key}/capture", {**body, "pin": PIN}, by="A").json
    assert (done["status"], done["flags"]) == ("ok", ["helper"])
    memo = market.one("SELECT memo FROM ledger_transfers WHERE kind = 'redeem'")
    assert memo["by"] == "helper"


def test_the_volunteer_reads_in_the_inbox_what_was_fetched_and_once(
    market: Market, pid: str
) -> None:
    helps(market, pid, "SOAP", "k1")
    later(market, minutes=1)
    market.redeem("V0001", "OIL", "k2", pin=PIN)
    sales = market.events("RedemptionCaptured")
    told = [market.run(redemptions.tell_of_helpers, sales=sales, now=market.clock.now())
            for _ in range(2)]  # fmt: skip
    assert told == [1, 0]
    headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    page = market.client.get("/me/inbox?lang=en", headers=headers).text
    assert "Fetched by family: Soap" in page
    assert "20 points at" in page


def test_the_worker_hears_of_every_sale_of_a_relative() -> None:
    consumer = next(one for one in CONSUMERS if one.name == "helpers")
    assert consumer.types == {"RedemptionCaptured"}
    assert outbox.CATALOGUE.keys() >= consumer.types


# -------------------------------------------------------------------- pages


def test_the_volunteer_allows_it_with_the_pin_and_the_relative_shows_a_code(
    market: Market,
) -> None:
    own = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    form = {"key": "one-form-0", "until": UNTIL.isoformat()}
    wrong = market.client.post("/me/helpers", data={**form, "pin": "0000"}, headers=own)
    assert wrong.status_code == 403
    page = market.client.post("/me/helpers", data={**form, "pin": PIN}, headers=own)
    path, digits = shown(page)
    phone = market.client.application.test_client()
    sent = {"digits": digits, "nonce": nonce_of(phone.get(path))}
    assert phone.post(path, data=sent).location == "/helper"
    seen = phone.get("/helper?lang=en").text
    assert "At most 30 points a time" in seen
    assert "500" not in seen  # no balance
    codes = phone.get("/api/v1/helper/passes").json
    assert codes["tail"] == "001"
    assert market.redeem("V0001", "SOAP", "k1", code=codes["codes"][0]["url"])["status"] == "ok"
    for path in ("/home", "/me/phones", "/me/inbox"):
        assert phone.get(path).status_code == 302, path
    assert phone.post("/helper/end").status_code == 403  # no page of ours has sent it
    token = re.search(r'name="csrf_token" value="([^"]+)"', phone.get("/helper").text)
    assert token is not None
    assert phone.post("/helper/end", data={"csrf_token": token[1]}).status_code == 303
    assert phone.get("/helper").status_code == 404
    assert market.client.application.test_client().post("/helper/end").status_code == 404


def test_the_receipt_and_the_history_say_that_family_fetched_it(market: Market, pid: str) -> None:
    helps(market, pid, "SOAP", "k1")
    own = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    history = market.client.get("/home/history?lang=en", headers=own).text
    assert "Fetched by family" in history

    receipt = re.search(r'href="(/t/[^"]+)"', history)
    assert receipt is not None
    assert "Fetched by family" in market.client.get(f"{receipt[1]}?lang=en").text
