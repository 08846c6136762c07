"""The week of the teams on A4: hours, points and activities of each, persons never."""

from collections.abc import Sequence
from datetime import date, datetime

from service.notices.paper.page import Column, Page, hours, printed, span
from service.notices.sheets import TeamWeek, few

TITLE, NO_TEAM = "志愿服务周小结", "社区"
FEW, HIDDEN = "少于 3 人", "不单列"
COLUMNS = (
    Column("日期", 26), Column("活动", 74), Column("地点", 46), Column("人数", 24, figures=True)
)  # fmt: skip
EMPTY = "这一周没有活动。"


def draw_week(
    teams: Sequence[TeamWeek], *, place: str, days: tuple[date, date], at: datetime
) -> bytes:
    """Return the PDF of a week."""
    under = f"{place} · {span(*days)}"
    page = Page(f"{TITLE} {under}")
    page.set_title(f"{TITLE} {under}")
    texts = {TITLE, NO_TEAM, FEW, HIDDEN, EMPTY, under, *(head(team) for team in teams)}
    texts |= {column.head for column in COLUMNS}
    texts |= {row[name] for team in teams for row in team.activities for name in ("title", "place")}
    return printed(page, texts, lambda paper: lay_out(paper, teams, under), at)


def head(team: TeamWeek) -> str:
    """Say what a team did in one line."""
    name = team.team or NO_TEAM
    sums = f"{hours(team.minutes)} 小时 · {team.points} 分" if team.told else HIDDEN
    return f"{name}：{len(team.activities)} 次活动 · {count(team.people)} · 时长和积分 {sums}"


def count(people: int) -> str:
    """Write how many people, unless they are few."""
    return FEW if few(people) else f"{people} 人"


def lay_out(page: Page, teams: Sequence[TeamWeek], under: str) -> None:
    """Put everything on the pages."""
    page.heading(TITLE, under)
    if not teams:
        page.words(EMPTY)
    for team in teams:
        page.words(head(team))
        rows = [
            (f"{row['day'].month} 月 {row['day'].day} 日", row["title"], row["place"],
             count(row["people"]))
            for row in team.activities
        ]  # fmt: skip
        page.listing(COLUMNS, rows)
        page.ln(4)
