"""Codes that are over, used up, taken back or somebody else's: to a stranger all are as none.

Each kind of code is really made and really spent. What a caller with a right must be told stands
in TOLD with the reason, and is tested to be told.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from redis import Redis
from sqlmodel import Session
from werkzeug.test import TestResponse

from service import accounts, passes, people
from service.accounts.models import Purpose
from service.certificates.models import UnknownCertificate
from service.passes.rules import new_cid
from service.phones import actions as phones
from service.phones.actions import Wish
from tests.shops.market import Market

ENGLISH = {"Accept-Language": "en"}
MOVING = re.compile(r'name="(?:nonce|key|csrf_token)" value="[^"]*"')
# Who is told more than "unknown", and why.
TOLD = {
    "a till reads a pass of before": "the clerk asks for the code of now instead of sending away",
    "a till reads a booklet that was reported lost": "the clerk sends its holder to the desk",
    "a tablet that was shut out": "its page must clear what it stored and ask to be paired again",
    "a certificate that was revoked": "whoever holds the paper asks whether it still counts",
    "the digits beside a code that is open": "who has the code has it from the desk's screen",
}


@pytest.fixture(autouse=True)
def uncounted(redis: Redis) -> None:
    """Nobody has looked yet."""


def said(answer: TestResponse, *secrets: str) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Return what a caller can tell apart, the code itself left out."""
    words = MOVING.sub("", answer.get_data(as_text=True))
    headers = sorted((k, v) for k, v in answer.headers if k not in {"Content-Length", "Date"})
    for one in secrets:
        words = words.replace(one, "CODE")
        headers = [(k, v.replace(one, "CODE")) for k, v in headers]
    return answer.status_code, words, tuple(headers)


def look(market: Market, begin: str, tail: str, end: str = "", who: str = "") -> Any:
    """Open an address as somebody, on a browser of its own."""
    own = {"Authorization": f"Bearer {market.tokens[who]}"} if who else {}
    client = market.client.application.test_client()
    return said(client.get(f"{begin}{tail}{end}", headers={**ENGLISH, **own}), tail)


def alike(heard: Iterable[Any], *, status: int) -> None:
    """See that all answers are one."""
    found = set(heard)
    assert len(found) == 1, [(one[0], len(one[1]), one[2]) for one in found]
    assert found.pop()[0] == status


def test_a_booklet_that_works_or_not_opens_the_same_page(
    market: Market, admin: psycopg.Connection
) -> None:
    works = market.cards["V0001"].url.rpartition("/")[2]
    for who in ("", "V0002", "B-OWNER"):
        heard = [look(market, "/c/", one, who=who) for one in (works, new_cid(), "zqzqzq")]
        for state in ("lost", "reissued", "void"):
            admin.execute("UPDATE passes_cards SET status = %s", [state])
            heard.append(look(market, "/c/", works, who=who))
        admin.execute("UPDATE passes_cards SET status = 'active', expires_on = '2025-01-01'")
        heard.append(look(market, "/c/", works, who=who))
        admin.execute("UPDATE passes_cards SET expires_on = '2030-01-01'")
        alike(heard, status=200)


def test_a_pass_of_now_of_before_or_of_nobody_opens_the_same_page(
    market: Market, admin: psycopg.Connection
) -> None:
    before = market.clock.now() - timedelta(hours=1)
    now, old = (
        url.rpartition("/")[2] for url in (market.code("V0001"), market.code("V0001", before))
    )
    heard = [look(market, "/p/", one) for one in (now, old, "a.1.b", f"{now[:-1]}0")]
    admin.execute("UPDATE passes_bindings SET revoked_at = created_at")
    alike([*heard, look(market, "/p/", now)], status=200)


def test_a_claim_for_a_till_that_is_over_or_used_is_as_one_that_never_was(market: Market) -> None:
    used, over = (market.post("/tills/claims", {"shop": "A"}, by="U-CH").json for _ in range(2))
    tails = [one["url"].rpartition("/")[2] for one in (used, over)]
    send = {"claim": used["url"], "digits": used["digits"]}
    assert market.client.post("/api/v1/tills", json=send).status_code == 201
    market.clock.set(market.clock.now() + timedelta(minutes=11))
    never = "x" * len(tails[0])
    alike([look(market, "/d/", one) for one in (*tails, never, "zqzqzq")], status=410)
    client = market.client.application.test_client()
    heard = [
        said(client.post("/api/v1/tills", json={"claim": one, "digits": "0000"}, headers=ENGLISH))
        for one in (*tails, never)
    ]
    alike(heard, status=heard[0][0])
    assert heard[0][0] in {404, 410}


def test_a_code_for_a_phone_that_is_over_used_or_replaced_is_as_one_that_never_was(
    market: Market,
) -> None:
    def offer(session: Session, key: str) -> Any:
        owner, wish = people.volunteer(session, "V0004"), Wish(key, "staff:U-ADM", None)
        return phones.claim(session, market.keys, owner, wish=wish, now=market.clock.now())

    def take(tail: str, digits: str) -> Any:
        client = market.client.application.test_client()
        form = {"digits": digits, "nonce": "a" * 32}
        return said(client.post(f"/b/{tail}", data=form, headers=ENGLISH), tail)

    used = market.run(partial(offer, key="k-000001"))
    tails = [used.url.rpartition("/")[2]]
    assert take(tails[0], used.digits)[0] == 303
    replaced = market.run(partial(offer, key="k-000002"))
    over = market.run(partial(offer, key="k-000003"))
    tails += [one.url.rpartition("/")[2] for one in (replaced, over)]
    market.clock.set(market.clock.now() + timedelta(minutes=6))
    never = "0" * len(tails[0])
    alike([look(market, "/b/", one) for one in (*tails, never)], status=200)
    heard = [take(one, "0000") for one in (*tails, never)]
    alike(heard, status=heard[0][0])


def test_a_link_for_a_first_password_that_is_over_or_used_is_as_one_that_never_was(
    market: Market,
) -> None:
    def link(session: Session) -> str:
        staff = people.staff(session, "U-CH")
        asked: dict[str, Any] = {"device": "", "now": market.clock.now()}
        return accounts.half_open(session, staff_id=staff.id or 0, purpose=Purpose.FIRST, **asked)

    used, over = market.run(link), market.run(link)
    market.run(partial(accounts.take_up, token=used, password="lamp river tired button",
                       device="", now=market.clock.now()))  # fmt: skip
    market.clock.set(market.clock.now() + timedelta(hours=25))
    tails = (used, over, "x" * len(used), "zqzqzq")
    alike([look(market, "/sign-in/first/", one) for one in tails], status=404)
    client = market.client.application.test_client()
    form = {"new": "another four words here", "again": "another four words here"}
    heard = [
        said(client.post(f"/sign-in/first/{one}", data=form, headers=ENGLISH), one) for one in tails
    ]
    alike(heard, status=404)


@pytest.mark.parametrize("page", ["second", "factor", "password"])
def test_half_a_sign_in_that_is_over_is_as_none(market: Market, page: str) -> None:
    purpose = {"second": "second", "factor": "enrol", "password": "renew"}[page]

    def begin(session: Session) -> str:
        staff = people.staff(session, "U-CH")
        asked: dict[str, Any] = {"device": "", "now": market.clock.now()}
        return accounts.half_open(
            session, staff_id=staff.id or 0, purpose=Purpose(purpose), **asked
        )

    over = market.run(begin)
    market.clock.set(market.clock.now() + timedelta(minutes=21))
    heard = []
    for token in (over, "x" * len(over), ""):
        client = market.client.application.test_client()
        if token:
            client.set_cookie("aixin_half", token)
        heard.append(said(client.get(f"/sign-in/{page}", headers=ENGLISH), token or "zqzqzq"))
    alike(heard, status=302)


def test_a_calendar_link_that_was_replaced_or_taken_back_is_as_one_that_never_was(
    market: Market,
) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}

    def press(do: str) -> str:
        market.client.post("/me/calendar", data={"do": do}, headers=headers)
        page = market.client.get("/me/calendar", headers=headers).text
        found = re.search(r"/calendar/mine/([^.\"<]+(?:\.[^.\"<]+)*)\.ics", page)
        return found[1] if found else ""

    replaced, taken_back = press("new"), press("new")
    press("end")
    never = replaced[:-1] + ("A" if replaced[-1] != "A" else "B")
    tails = (replaced, taken_back, never, "zqzqzq")
    assert replaced != taken_back
    alike([look(market, "/calendar/mine/", one, ".ics") for one in tails], status=404)


def test_a_wall_that_was_withdrawn_is_as_one_that_never_was(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['U-SEC']}"}
    form = {"key": "w-1", "community": "MK", "place": "hall"}
    assert market.client.post("/desk/wall", data=form, headers=headers).status_code == 303
    page = market.client.get("/desk/wall", headers=headers).text
    path, token = re.search(r"(/wall/MK)\?t=([\w.-]+)", page).groups()  # type: ignore[union-attr]
    client = market.client.application.test_client()
    assert client.get(f"{path}?t={token}").status_code == 200
    number = market.one("SELECT id FROM wall_links")
    market.client.post(f"/desk/wall/{number}/withdraw", headers=headers)
    asked = ((path, token), (path, "forged.token"), ("/wall/NONE", token), ("/wall/NONE", "zqzqzq"))
    heard = [
        said(client.get(f"{where}?t={one}", headers=ENGLISH), one, "MK", "NONE")
        for where, one in asked
    ]
    alike(heard, status=404)


def test_a_ticket_that_is_over_or_taken_is_as_one_that_never_was(market: Market) -> None:
    def ticket(key: str) -> str:
        made = market.post("/till/tickets", {"good": "SOAP"}, by="A", key=key).json
        return str(made["url"].rpartition("/")[2])

    taken, over = ticket("t-1"), ticket("t-2")
    alike([look(market, "/r/", one) for one in (taken, "0" * 13)], status=200)  # to a stranger
    done = market.post(f"/tickets/{taken}/confirmation", {}, by="V0001")
    assert done.status_code == 200, done.text
    market.clock.set(market.clock.now() + timedelta(minutes=30))
    tails = (taken, over, "0" * 13, "zqzqzq")
    alike([look(market, "/r/", one, who="V0002") for one in tails], status=404)
    heard = [
        said(market.post(f"/tickets/{one}/confirmation", {}, by="V0002"), one) for one in tails
    ]
    alike(heard, status=404)


def test_a_token_that_is_over_taken_back_or_invented_is_nobody_s(
    market: Market, admin: psycopg.Connection
) -> None:
    def ask(token: str) -> Any:
        client = market.client.application.test_client()
        headers = {**ENGLISH, "Authorization": f"Bearer {token}"}
        paths = ("/api/v1/me", "/api/v1/me/passes", "/desk/sales")
        return tuple(said(client.get(path, headers=headers), token) for path in paths)

    heard = {ask("x" * 43)}
    for who, change in (("V0001", "revoked_at = now()"), ("U-SEC", "expires_at = created_at")):
        digest = people.token_hash(market.tokens[who])
        admin.execute(
            f"UPDATE people_sessions SET {change} WHERE token_hash = %s".encode(), [digest]
        )
        heard.add(ask(market.tokens[who]))
    assert len(heard) == 1


def test_a_certificate_is_genuine_or_none(market: Market) -> None:
    tails = (
        passes.certificate_tail(market.keys, "mk-2025-000001"),
        "101010.101010",
        "zqzqzq",
        "zqzq.zqzq",
    )
    alike([look(market, "/v/", one) for one in tails], status=404)
    alike([look(market, "/api/v1/certificates/", one) for one in tails], status=404)
    assert UnknownCertificate.slug


# -------------------------------------------------------------- what is told, and to whom


def test_a_till_tells_an_old_pass_from_an_unknown_one(market: Market) -> None:
    assert TOLD["a till reads a pass of before"]
    old = market.code("V0001", market.clock.now() - timedelta(hours=1))
    assert market.post("/till/lookups", {"code": old}, by="A").json["reason"] == "code_expired"


def test_a_till_tells_a_lost_booklet_from_an_unknown_one(
    market: Market, admin: psycopg.Connection
) -> None:
    assert TOLD["a till reads a booklet that was reported lost"]
    admin.execute("UPDATE passes_cards SET status = 'lost' WHERE booklet_code = 'V0001'")
    asked = {"code": market.cards["V0001"].url}
    assert market.post("/till/lookups", asked, by="A").json["reason"] == "card_blocked"
    asked = {"code": f"https://aixin.example/c/{new_cid()}"}
    assert market.post("/till/lookups", asked, by="A").json["reason"] == "unknown_code"


def test_a_tablet_that_was_shut_out_is_told(market: Market, admin: psycopg.Connection) -> None:
    assert TOLD["a tablet that was shut out"]
    admin.execute("UPDATE people_devices SET revoked_at = paired_at")
    answer = market.get("/till/shelf", by="A")
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/till-revoked")
