"""The tables of a statement, one function each; None where there is nothing to tell."""

from service.reports.months.parts.given import bills, goods, shops
from service.reports.months.parts.moved import equation, months, parted
from service.reports.months.parts.served import kinds, teams

__all__ = ["bills", "equation", "goods", "kinds", "months", "parted", "shops", "teams"]
