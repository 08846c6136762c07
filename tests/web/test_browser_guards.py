"""What a browser is told and believed: cookies, names of the host, foreign pages, ways out."""

import re
from dataclasses import replace
from itertools import product

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.web.app import create_app
from service.web.callers import csrf_token
from service.web.headers import HEADERS, POLICY
from service.web.hosts import leads_away
from tests.conftest import ROOT
from tests.web.neighbours import borrowed, doors

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
AWAY = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://aixin.example@evil.example",
    "https://aixin.example.evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "http:///evil.example",
)


@pytest.fixture
def strict(settings: Settings, database: Database, clock: Clock) -> FlaskClient:
    """The application as in production, behind its proxy, under its own name."""
    given = replace(settings, env="production", clock_file=None, hosts=("second.example",))
    client = create_app(given, database=database).test_client()
    client.environ_base |= {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "aixin.example",
    }
    return client


def test_every_unsafe_route_refuses_a_cookie_without_the_page_s_token(app: Flask) -> None:
    passed = []
    for method, rule in doors(app, *UNSAFE):
        for cookie, sent in product(COOKIES, ({}, {"json": {}}, {"data": {"csrf_token": "x"}})):
            client = app.test_client()
            client.set_cookie(cookie, "whatever")
            answer = client.open(borrowed(app, rule), method=method, **sent)
            if not is_csrf(answer):
                passed.append(f"{method} {rule.rule} {cookie} {sent} {answer.status_code}")
    assert not passed


COOKIES = ("aixin_session", "aixin_device", "aixin_helper")
FOREIGN = ({"Origin": "null"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"})


def is_csrf(answer: TestResponse) -> bool:
    """Tell whether a request was refused because no page of ours had sent it."""
    kind = (answer.get_json(silent=True) or {}).get("type")
    return answer.status_code == 403 and kind in {None, "/problems/csrf"}


def test_every_unsafe_route_refuses_a_foreign_page_even_with_the_right_token(app: Flask) -> None:
    passed, tokens = [], {cookie: token_of(app, cookie) for cookie in COOKIES}
    assert len(set(tokens.values())) == len(COOKIES)
    for method, rule in doors(app, *UNSAFE):
        for cookie, whence in product(COOKIES, FOREIGN):
            client = app.test_client()
            client.set_cookie(cookie, "whatever")
            headers = {"X-CSRF-Token": tokens[cookie], **whence}
            answer = client.open(borrowed(app, rule), method=method, json={}, headers=headers)
            if not is_csrf(answer):
                passed.append(f"{method} {rule.rule} {cookie} {whence} {answer.status_code}")
    assert not passed


def token_of(app: Flask, cookie: str) -> str:
    """Return what our own page would send with this cookie."""
    with app.test_request_context("/", headers={"Cookie": f"{cookie}=whatever"}):
        return csrf_token()


@pytest.mark.parametrize("cookie", COOKIES)
def test_our_own_page_is_let_through(app: Flask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie(cookie, "whatever")
    whence = {"X-CSRF-Token": token_of(app, cookie), "Origin": "http://localhost"}
    answer = client.post("/api/v1/me/choices", json={}, headers=whence)
    assert not is_csrf(answer)


@pytest.mark.parametrize(
    "whence",
    [
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_foreign_page_signs_anybody_in(client: FlaskClient, whence: dict[str, str]) -> None:
    form = {"login": "U-SEC", "password": "x"}
    assert client.post("/sign-in", data=form, headers=whence).status_code == 403


def test_our_own_page_signs_in(client: FlaskClient) -> None:
    whence = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    form = {"login": "U-SEC", "password": "x"}
    assert client.post("/sign-in", data=form, headers=whence).status_code == 401


def given(client: FlaskClient, kind: str) -> list[str]:
    """Let a view give a cookie, and return what was said of it."""
    from service.web.callers import forget, keep

    def view() -> object:
        answer = client.application.make_response("given")
        return forget(answer, kind) if kind == "gone" else keep(answer, "t" * 43, kind)

    client.application.view_functions["homes.start"] = view
    return client.get("/").headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    ("kind", "site"), [("staff", "Lax"), ("volunteer", "Lax"), ("device", "Strict")]
)
def test_in_production_a_cookie_is_bound_to_the_host(
    strict: FlaskClient, kind: str, site: str
) -> None:
    (said,) = given(strict, kind)
    parts = {part.strip() for part in said.split(";")}
    assert said.startswith("__Host-aixin_")
    assert {"Secure", "HttpOnly", "Path=/", f"SameSite={site}"} <= parts
    assert "Domain" not in said


def test_the_name_of_the_release_before_is_read_and_replaced(strict: FlaskClient) -> None:
    strict.set_cookie("aixin_session", "old")
    answer = strict.post("/sign-in", data={"login": "a", "password": "b"})
    assert answer.status_code == 403  # it counts as a cookie: the page's token is asked for
    said = given(strict, "staff")
    assert [line.partition("=")[0] for line in said] == ["aixin_session", "__Host-aixin_session"]
    assert "Expires=Thu, 01 Jan 1970" in said[0]


def test_a_demonstration_over_plain_http_keeps_names_that_work(client: FlaskClient) -> None:
    with client.application.test_request_context("/"):
        from service.web.cookies import is_secure, name_of

        assert (name_of("staff"), name_of("device")) == ("aixin_session", "aixin_device")
        assert not is_secure()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "aixin.example.evil.example", "127.0.0.1", "192.168.1.9", "localhost", ""],
)
def test_in_production_another_name_is_answered_nothing(strict: FlaskClient, host: str) -> None:
    answer = strict.get("/sign-in", headers={"X-Forwarded-Host": host})
    assert answer.status_code == 421
    assert "aixin" not in answer.text


@pytest.mark.parametrize(
    "host", ["aixin.example", "AIXIN.example", "aixin.example:443", "second.example"]
)
def test_in_production_our_own_names_are_answered(strict: FlaskClient, host: str) -> None:
    assert strict.get("/sign-in", headers={"X-Forwarded-Host": host}).status_code == 200


def test_whoever_watches_us_asks_by_address(strict: FlaskClient) -> None:
    assert strict.get("/healthz", headers={"X-Forwarded-Host": "10.0.0.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "192.168.1.9:8000", "[fe80::1]:8000", "localhost", "pi.local"]
)
def test_a_demonstration_is_reached_by_the_addresses_of_its_network(
    client: FlaskClient, host: str
) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 421


def test_no_view_makes_an_address_of_the_request_s_host() -> None:
    made = re.compile(r"request\.(host_url|url_root|base_url|url)\b|_external=True")
    found = {one for one in ROOT.glob("service/**/*.py") if made.search(one.read_text("utf-8"))}
    # A passkey of a demonstration belongs to the name it is reached by; production asks settings.
    assert found == {ROOT / "service/web/entrance.py"}


@pytest.mark.parametrize("address", AWAY)
def test_a_sign_in_leads_nowhere_else(client: FlaskClient, address: str) -> None:
    page = client.get("/sign-in", query_string={"next": address})
    assert re.findall(r'name="next" value="([^"]*)"', page.text) in (["/"], ["/", "/"])


@pytest.mark.parametrize("address", AWAY)
def test_whatever_view_leads_away_leads_home_instead(
    app: Flask, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setitem(app.view_functions, "homes.start", lambda: redirect(address))
    assert app.test_client().get("/").headers["Location"] == "/"


def test_a_way_to_our_own_pages_is_left_as_it_is(app: Flask) -> None:
    with app.test_request_context("/"):
        for address in ("/", "/desk?x=//y", "?after=3", "", "https://aixin.example/c/1"):
            assert not leads_away(address), address


def test_whoever_must_sign_in_comes_back_to_the_very_address(client: FlaskClient) -> None:
    answer = client.get("/desk/trail&next=%2F%2Fevil.example")
    assert answer.status_code in {302, 404}
    answer = client.get("/desk/cases/1")
    assert answer.headers["Location"] in {
        "/sign-in?next=/desk/cases/1",
        "/sign-in?next=%2Fdesk%2Fcases%2F1",
    }


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/nothing-here", "/api/v1/nothing", "/healthz", "/static/tokens.css", "/desk"],
)
def test_every_answer_carries_every_header(strict: FlaskClient, path: str) -> None:
    said = strict.get(path, buffered=True).headers
    for name, value in HEADERS.items():
        assert said[name] == value
    assert said["Strict-Transport-Security"].startswith("max-age=31536000")
    kept = said["Cache-Control"]
    assert kept == ("no-cache" if path.startswith("/static") else "no-store")


def test_the_policy_names_no_other_host_and_allows_nothing_inline() -> None:
    rules = {rule.partition(" ")[0]: rule.partition(" ")[2] for rule in POLICY}
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == rules["style-src"] == "'self'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    for sources in rules.values():
        assert set(sources.split()) <= {"'self'", "'none'", "data:", "blob:", "'wasm-unsafe-eval'"}


def test_who_shows_no_token_sends_little(client: FlaskClient) -> None:
    form = {"login": "U-SEC", "password": "x" * 100_000}
    assert client.post("/sign-in", data=form).status_code == 413
