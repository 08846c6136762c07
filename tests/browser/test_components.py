"""The components on every surface, dark, large and in English, audited; pass and digits at work."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response, jsonify, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Page, expect

from service.config import Settings
from service.people import Caller
from service.web import headers, locale
from service.web.app import TEMPLATES, asset
from service.web.problems import Problem
from tests.browser.conftest import DESK, PHONE, TABLET, Check, OpenPage, Screen
from tests.browser.wire import served

HERE = Path(__file__).parent
START = datetime(2025, 10, 18, 0, 12, 9, tzinfo=UTC)
STEP = 30
FIRST = int(START.timestamp()) // STEP
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Aixin", "version": "v1"},
    "paths": {"/api/v1/scans": {"post": {"responses": {"200": {"description": "The scan"}}}}},
}


@dataclass
class Gallery:
    """Where the pages are, and what the server was asked."""

    url: str = ""
    passes: int = 0
    now: datetime = START
    posted: list[dict[str, str]] = field(default_factory=list)


def gallery_app(seen: Gallery) -> Flask:
    """The real frame, macros, words and policy around pages that show every component."""
    app = Flask(__name__, static_folder=str(Path(headers.__file__).parent / "static"))
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(HERE)])
    app.extensions["aixin.settings"] = Settings(
        env="demo",
        database_url="",
        database_owner_url="",
        redis_url="",
        secret_key="",
        public_url="https://aixin.example",
    )
    locale.install(app)
    headers.install(app)
    known = {"asset": asset, "csrf_token": lambda: "token-1", "day": date(2025, 10, 18)}
    roles = {("community_secretary", "FM"), ("association_officer", "FMSH")}
    known["troubles"] = lambda: SimpleNamespace(partners=0, events=2)
    known["caller"] = Caller(kind="staff", code="U-SEC", roles=frozenset(roles))
    app.jinja_env.globals.update(known, settings=app.extensions["aixin.settings"])
    app.add_url_rule(
        "/<name>", "page", view_func=lambda name: render_template(f"gallery/{name}.html")
    )
    app.add_url_rule("/form", "post", view_func=lambda: posted(seen), methods=["POST"])
    app.add_url_rule("/api/v1/me/passes", "passes", view_func=lambda: passes(seen))
    app.add_url_rule("/qr", view_func=picture)
    app.add_url_rule("/api/docs", "docs", lambda: render_template("api_docs.html"))
    app.add_url_rule("/api/openapi.json", "openapi", lambda: OPENAPI)
    app.add_url_rule("/problem/<int:status>", view_func=problem)
    return app


def posted(seen: Gallery) -> str:
    seen.posted.append(request.form.to_dict())
    return "ok"


def passes(seen: Gallery) -> Response:
    """Twenty codes from the server's own moment on; the browser's clock is not asked."""
    seen.passes += 1
    first = int(seen.now.timestamp()) // STEP
    codes = [
        {"step": step, "url": f"/p/x.{step}.abcdefgh", "svg": f"/qr?step={step}"}
        for step in range(first, first + 20)
    ]
    return jsonify(server_time=seen.now.isoformat(), step_seconds=STEP, codes=codes)


def problem(status: int) -> str:
    """A refusal as the edge hands it to the page."""
    said = Problem("/problems/card-replaced", "这张卡已换新", status, "请出示新卡。")
    return render_template("problem.html", problem=said)


def picture() -> Response:
    step = int(request.args["step"])
    width = step - FIRST + 1
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="9"></svg>'
    return Response(svg, mimetype="image/svg+xml")


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    seen = Gallery()
    with served(gallery_app(seen)) as seen.url:
        yield seen


LOOKS = [
    pytest.param(surface, screen, id=f"{surface}-{screen.width}-{screen.language}-{look}")
    for surface, screen in [
        ("phone", PHONE),
        ("form", PHONE),
        ("phone", PHONE.but(width=320)),
        ("form", PHONE.but(width=320)),
        ("desk", DESK),
        ("desk", PHONE),
        ("till", TABLET),
        ("till", TABLET.but(width=1024, height=600)),
    ]
    for look in ("plain", "dark", "elder")
    for screen in [screen.but(dark=look == "dark", elder=look == "elder")]
    if not (look == "elder" and surface in ("desk", "till"))
] + [
    pytest.param(surface, screen.but(language="en"), id=f"{surface}-en")
    for surface, screen in [("phone", PHONE), ("form", PHONE), ("desk", DESK), ("till", TABLET)]
]


@pytest.mark.parametrize(("surface", "screen"), LOOKS)
def test_every_component_holds_the_rules(
    gallery: Gallery, open_page: OpenPage, audit: Check, surface: str, screen: Screen
) -> None:
    page = open_page(screen, base_url=gallery.url)
    page.goto(f"/{surface}")
    audit(page)


def test_large_type_is_one_tap_and_is_remembered(gallery: Gallery, open_page: OpenPage) -> None:
    page = open_page(PHONE, base_url=gallery.url)
    page.goto("/phone")
    plain = size_of(page, ".btn.bare")
    page.get_by_role("button", name="大字").click()
    assert size_of(page, ".btn.bare") > plain
    expect(page.locator(".tabs a").filter(visible=True)).to_have_count(3)
    page.reload()
    expect(page.get_by_role("button", name="小字")).to_be_visible()
    page.get_by_role("button", name="小字").click()
    assert size_of(page, ".btn.bare") == plain


def size_of(page: Page, selector: str) -> float:
    found: float = page.locator(selector).first.evaluate(
        "element => parseFloat(getComputedStyle(element).fontSize)"
    )
    return found


def test_the_language_is_remembered(gallery: Gallery, open_page: OpenPage) -> None:
    page = open_page(PHONE, base_url=gallery.url)
    page.goto("/phone")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/form")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_tab_stop_leads_to_the_content(gallery: Gallery, open_page: OpenPage) -> None:
    page = open_page(DESK, base_url=gallery.url)
    page.goto("/desk")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到内容")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def code_shown(page: Page) -> int:
    """Which step's picture stands in the pass: the picture's width tells."""
    image = page.locator("[data-pass-image][src^='blob:']")
    width: int = image.evaluate("async image => (await image.decode(), image.naturalWidth)")
    return FIRST + width - 1


@pytest.fixture
def pass_page(gallery: Gallery, open_page: OpenPage) -> Page:
    """A phone whose own clock is wrong by years."""
    page = open_page(PHONE, base_url=gallery.url)
    page.clock.install(time=datetime(2031, 1, 1, tzinfo=UTC))
    with page.expect_response(lambda answer: answer.url.endswith(f"={FIRST + 19}")):
        page.goto("/phone")
    return page


def test_the_pass_goes_by_the_server_s_clock(pass_page: Page) -> None:
    assert code_shown(pass_page) == FIRST
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "live")
    pass_page.clock.run_for(STEP * 1000)
    assert code_shown(pass_page) == FIRST + 1
    expect(pass_page.locator("[data-pass-note]")).to_contain_text("秒后自动换新码")


def test_the_pass_works_nearly_ten_minutes_offline_and_then_says_so(pass_page: Page) -> None:
    code_shown(pass_page)
    pass_page.context.set_offline(True)
    pass_page.clock.run_for(9 * 60_000)
    assert code_shown(pass_page) == FIRST + 18
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "offline")
    pass_page.clock.run_for(2 * 60_000)
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "expired")
    expect(pass_page.locator("[data-pass-image]")).to_be_hidden()
    expect(pass_page.get_by_role("button", name="换新码")).to_be_visible()
    pass_page.context.set_offline(False)
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "live")
    assert code_shown(pass_page) == FIRST


def test_the_pass_fetches_new_codes_before_the_old_ones_end(
    pass_page: Page, gallery: Gallery
) -> None:
    assert gallery.passes == 1
    gallery.now = START + timedelta(minutes=5)
    with pass_page.expect_response(lambda answer: answer.url.endswith(f"={FIRST + 29}")):
        pass_page.clock.run_for(5 * 60_000)
    assert gallery.passes >= 2
    pass_page.context.set_offline(True)
    pass_page.clock.run_for(6 * 60_000)  # the first codes would have ended a minute ago
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "offline")


def test_a_phone_that_slept_shows_no_old_code(pass_page: Page) -> None:
    code_shown(pass_page)
    pass_page.context.set_offline(True)
    pass_page.clock.fast_forward(11 * 60_000)
    pass_page.clock.run_for(1000)
    expect(pass_page.locator("[data-pass]")).to_have_attribute("data-state", "expired")


@pytest.fixture
def form(gallery: Gallery, open_page: OpenPage) -> Page:
    page = open_page(PHONE, base_url=gallery.url)
    page.goto("/form")
    return page


def boxes(page: Page) -> str:
    values: list[str] = page.locator(".digits input").evaluate_all("all => all.map(b => b.value)")
    return "".join(values)


def test_six_digits_by_keypad(form: Page, gallery: Gallery) -> None:
    submit = form.locator("[data-digits-submit]")
    expect(submit).to_be_disabled()
    expect(submit).to_have_text("还差 6 位")
    for key in ("4", "0", "9", "退格", "7", "1", "1", "3"):
        form.get_by_role("button", name=key, exact=True).click()
    expect(submit).to_have_text("签到")
    form.fill("#f-login", "x")
    form.fill("#f-password", "x")
    submit.click()
    form.wait_for_url("**/form")
    expect(form.locator("body")).to_have_text("ok")
    assert gallery.posted[0]["digits"] == "407113"
    assert gallery.posted[0]["csrf_token"] == "token-1"


def test_six_digits_by_keyboard_and_by_paste(form: Page) -> None:
    form.locator(".digits input").first.focus()
    form.keyboard.type("40", delay=80)
    form.keyboard.press("Backspace")
    form.keyboard.type("1", delay=80)
    assert boxes(form) == "41"
    form.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text", "４０７ 113");
            const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
            document.querySelector(".digits input").dispatchEvent(paste);
        }"""
    )
    assert boxes(form) == "407113"
    form.get_by_role("button", name="清空").click()
    assert boxes(form) == ""


@pytest.mark.parametrize("status", [401, 409, 500])
def test_a_refusal_says_what_happened_and_one_thing_to_do(
    gallery: Gallery, open_page: OpenPage, audit: Check, status: int
) -> None:
    page = open_page(PHONE, base_url=gallery.url)
    page.goto(f"/problem/{status}")
    expect(page.get_by_role("alert")).to_contain_text("请出示新卡。")
    expect(page.locator("main .btn.main")).to_have_count(1)
    audit(page)


def test_the_api_s_documentation_asks_nobody_else(gallery: Gallery, open_page: OpenPage) -> None:
    page = open_page(DESK, base_url=gallery.url)
    page.goto("/api/docs")
    expect(page.get_by_role("heading", name="Aixin")).to_be_visible()
    page.locator(".opblock-summary-control").click()
    expect(page.get_by_text("The scan")).to_be_visible()
    page.wait_for_load_state("networkidle")
