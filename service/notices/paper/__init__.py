"""The papers of notices: the notice itself, award sheets for signature, the teams' week."""

from service.notices.paper.notice import Source, draw
from service.notices.paper.sheet import draw_sheet
from service.notices.paper.week import draw_week

__all__ = ["Source", "draw", "draw_sheet", "draw_week"]
