"""An award sheet on A4: who got what at an activity, with room for a signature."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.clock import SHANGHAI
from service.notices.paper.page import Column, Page, chinese, hours, printed
from service.notices.sheets import Sheet

TITLE = "积分发放表"
ROW_MM = 10
COLUMNS = (
    Column("序号", 14), Column("手册尾号", 24), Column("签到", 22), Column("签退", 22),
    Column("时长（小时）", 28, figures=True), Column("积分", 20, figures=True),
    Column("", 6), Column("本人签名", 34),
)  # fmt: skip
FOOT = "组织者签名：              记录人签名：              日期："
EMPTY = "还没有确认的服务。"


def draw_sheet(sheet: Sheet, *, at: datetime) -> bytes:
    """Return the PDF of an activity's award sheet."""
    said = sheet.activity
    page = Page(f"{TITLE} {said['code']}")
    page.set_title(f"{TITLE} {said['code']}")
    texts = {TITLE, FOOT, EMPTY, facts(said), said["title"], total(sheet), said["unit"], "合计"}
    texts |= {column.head for column in COLUMNS}
    return printed(page, texts, lambda paper: lay_out(paper, sheet), at)


def facts(said: dict[str, Any]) -> str:
    """Say where and when it was."""
    times = f"{clock(said['starts_at'])}–{clock(said['ends_at'])}"
    team = f" · {said['team']}" if said["team"] else ""
    return f"{chinese(said['day'])} {times} · {said['place']}{team}"


def total(sheet: Sheet) -> str:
    """Add the sheet up."""
    return f"合计 {len(sheet.rows)} 人，{hours(sheet.minutes)} 小时，{sheet.points} 分"


def clock(moment: datetime | None) -> str:
    """Write a time of day in Shanghai; nothing for none."""
    return moment.astimezone(ZoneInfo(SHANGHAI)).strftime("%H:%M") if moment else ""


def lay_out(page: Page, sheet: Sheet) -> None:
    """Put everything on the pages."""
    page.heading(TITLE, sheet.activity["title"])
    page.words(facts(sheet.activity))
    if not sheet.rows:
        page.words(EMPTY)
    rows = [
        (str(nth), row["tail"], clock(row["in_at"]), clock(row["out_at"]), hours(row["minutes"]),
         str(row["points"]), "", "")
        for nth, row in enumerate(sheet.rows, start=1)
    ]  # fmt: skip
    page.listing(COLUMNS, rows, height=ROW_MM)
    page.ln(3)
    page.words(total(sheet))
    page.ln(6)
    page.words(FOOT)
    page.words(sheet.activity["unit"])
