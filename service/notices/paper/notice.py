"""A public notice on A4, to be stamped and hung up: as its page, with room for the seal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil
from typing import Any

from service import passes
from service.notices.paper.page import (
    MARGIN_MM,
    ROW_MM,
    SMALL_PT,
    TABLE_PT,
    WIDTH_MM,
    Column,
    Page,
    chinese,
    hours,
    printed,
    span,
)

TITLE = "志愿积分公示"
CODE_MM, SIGN_MM, GAP_MM = 32, 40, 6
HALF_MM = (WIDTH_MM - GAP_MM) / 2
ROWS = (
    Column("手册尾号", 20), Column("活动", HALF_MM - 46), Column("时长", 13, figures=True),
    Column("积分", 13, figures=True),
)  # fmt: skip
SUMS = (Column("", 100), Column("", 35, figures=True), Column("", 35, figures=True))
TITLES_MAX, WHAT_MAX = 8, 2
WORDS = {
    "service": "{days}，{place}开展{what}志愿活动。"
    "{people} 人参加，得爱心积分 {points} 分。现公示如下。",
    "shown": "公示时间：{days}，{count} 个工作日。",
    "hours": "说明：时长是服务时间，积分是社区的回馈。",
    "cap": "每人每天最多得 {cap} 分，时长照实记。",
    "object": "有不同意见，请在 {day}前告诉我们：社区服务大厅、社区电话、院门口意见箱，都可以，"
    "也可以扫码提出。我们书面答复。",
    "ended": "公示期满。收到异议 {filed} 件，已答复 {answered} 件。",
    "withdrawn": "其中 {count} 人已撤回具名公示，不再列出，合计不变。",
}
CHECK, SEAL, ROOT, UNSEALED = "扫码核对这张公示", "（盖章）", "账册根", "账册尚未封存"


@dataclass(frozen=True, slots=True)
class Source:
    """All that the paper of a notice is made of."""

    content: dict[str, Any]
    digest: str
    rows: Sequence[dict[str, Any]]  # of those who still agree
    url: str  # of its page, with the ledger's head
    published_at: datetime
    objections: tuple[int, int] | None  # filed and answered, when it has ended

    @property
    def withdrawn(self) -> int:
        """How many rows were taken out since."""
        return len(self.content["rows"]) - len(self.rows)


def draw(source: Source) -> bytes:
    """Return the PDF; the same notice with the same rows is the same file."""
    said = source.content
    page = Page(f"{said['name']} · {source.digest[:32]}")
    page.set_title(said["name"])
    texts = {TITLE, CHECK, SEAL, ROOT, UNSEALED, "规则", source.url, *paragraphs(source)}
    texts |= {column.head for column in ROWS} | {cell for row in totals(said) for cell in row}
    texts |= {text for row in source.rows for text in row["what"]}
    texts |= {said["unit"], said["rules"], "分件及等、，。"}
    return printed(page, texts, lambda paper: lay_out(paper, source), source.published_at)


def paragraphs(source: Source) -> Iterator[str]:
    """Return the sentences in their order: two before the tables, the others after them."""
    said = source.content
    facts = {"days": span(said["since"], said["until"]), "place": said["community_name"]}
    sums = {"people": said["total"]["people"], "points": said["total"]["points"]}
    yield WORDS["service"].format(**facts, **sums, what=activities(said["activities"]))
    shown = span(said["starts_on"], said["ends_on"])
    yield WORDS["shown"].format(days=shown, count=said["working_days"])
    if source.withdrawn:
        yield WORDS["withdrawn"].format(count=source.withdrawn)
    if apart := told_apart(said):
        yield f"另：{apart}。"
    cap = WORDS["cap"].format(cap=said["day_cap"]) if said["day_cap"] else ""
    yield WORDS["hours"] + cap
    if source.objections:
        filed, answered = source.objections
        yield WORDS["ended"].format(filed=filed, answered=answered)
    else:
        yield WORDS["object"].format(day=chinese(said["ends_on"]).split("年 ")[1] + "下班")


def activities(titles: Sequence[str]) -> str:
    """Name the activities and count them."""
    shown = list(dict.fromkeys(titles))
    more = "等" if len(shown) > TITLES_MAX else ""
    return f"{'、'.join(shown[:TITLES_MAX])}{more} {len(titles)} 项"


def told_apart(said: dict[str, Any]) -> str:
    """Write what was awarded by hand and what was taken back, without names."""
    parts = []
    if (manual := said["manual"])["count"]:
        parts.append(f"补录 {manual['people']} 人 {manual['count']} 笔，{manual['points']} 分")
    if (back := said["reversed"])["count"]:
        parts.append(f"撤销 {back['people']} 人 {back['count']} 笔，{back['points']} 分")
    if (sales := said["sales"])["count"]:
        parts.append(f"冲正兑换 {sales['count']} 笔，{sales['points']} 分")
    return "；".join(parts)


def totals(said: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the rows of the sums: those named, the rest by team, all."""
    rows = [line(f"以上 {said['named']['people']} 人（本人同意具名公示）", said["named"])]
    rows += [line(f"{one['team']} {one['people']} 人", one) for one in said["teams"]]
    others = said["others"]
    if others["people"]:
        rows.append(line(f"其他 {others['people']} 人，并入团队合计", others))
    return [*rows, line(f"合计 {said['total']['people']} 人", said["total"])]


def line(text: str, found: dict[str, Any]) -> tuple[str, str, str]:
    """Write one row of sums."""
    return text, f"{hours(found['minutes'])} 小时", f"{found['points']} 分"


def lay_out(page: Page, source: Source) -> None:
    """Put everything on the pages."""
    page.heading(TITLE, source.content["name"])
    service, shown, *later = paragraphs(source)
    page.words(service)
    page.words(shown)
    columns(page, source.rows)
    page.ln(2)
    rows = totals(source.content)
    for nth, row in enumerate(rows, start=1):
        page.row(row, SUMS, bold=nth == len(rows))
    page.ln(3)
    for text in later:
        page.words(text)
    sign(page, source)


def columns(page: Page, rows: Sequence[dict[str, Any]]) -> None:
    """Draw the rows in two columns beside each other, as many as a page has room for."""
    left = list(rows)
    while left:
        room = page.room() - 1
        if room < 1:
            page.add_page()
            continue
        here, left = left[: 2 * room], left[2 * room :]
        half = ceil(len(here) / 2)
        top = page.get_y()
        for x, part in ((MARGIN_MM, here[:half]), (MARGIN_MM + HALF_MM + GAP_MM, here[half:])):
            page.set_y(top)
            column(page, part, x)
        page.set_y(top + (half + 1) * ROW_MM)


def column(page: Page, rows: Sequence[dict[str, Any]], x: float) -> None:
    """Draw one column of rows under its head."""
    if rows:
        page.row([one.head for one in ROWS], ROWS, x=x, bold=True)
    for row in rows:
        cells = (row["tail"], done(row["what"]), hours(row["minutes"]), str(row["points"]))
        page.row(cells, ROWS, x=x)


def done(what: Sequence[str]) -> str:
    """Name what somebody did, in a column: of many things the first and their number."""
    return "、".join(what) if len(what) <= WHAT_MAX else f"{what[0]}等 {len(what)} 项"


def sign(page: Page, source: Source) -> None:
    """Draw the code, the ledger's head, and the unit with room for its seal."""
    said = source.content
    page.ln(3)
    if page.will_page_break(SIGN_MM):
        page.add_page()
    top = max(page.get_y(), page.h - 20 - SIGN_MM)
    picture = BytesIO(passes.png(source.url))
    page.image(picture, x=MARGIN_MM, y=top, w=CODE_MM, h=CODE_MM, alt_text=CHECK)
    page.set_xy(MARGIN_MM + CODE_MM + 4, top + 6)
    page.size(TABLE_PT)
    page.cell(70, 6, CHECK, new_x="LEFT", new_y="NEXT")
    page.cell(70, 6, f"规则 {said['rules']}", new_x="LEFT", new_y="NEXT")
    page.size(SMALL_PT)
    for text in head(said):
        page.cell(70, 4.6, text, new_x="LEFT", new_y="NEXT")
    page.size(TABLE_PT)
    for nth, text in enumerate((said["unit"], chinese(said["starts_on"]), SEAL)):
        page.set_xy(MARGIN_MM, top + 6 + 7 * nth)
        page.cell(WIDTH_MM, 7, text, align="R")


def head(said: dict[str, Any]) -> list[str]:
    """Write the ledger's head in two lines of its root."""
    if not said["head"]:
        return [UNSEALED]
    root = said["head"]["root"]
    return [f"{ROOT} {said['head']['size']}", root[:32], root[32:]]
