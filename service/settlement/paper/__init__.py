"""A statement on paper and as files: one list of blocks, drawn as PDF, CSV and workbook.

Other papers that are tables are made of the same blocks, by the same pens.
"""

from service.settlement.paper.blocks import (
    COUNT,
    DAY,
    HOURS,
    LONG,
    MONTH,
    TEXT,
    YUAN,
    Block,
    Cell,
    Paid,
    Signed,
    Source,
    blocks,
    texts,
)
from service.settlement.paper.pdf import Tables, draw, lettered
from service.settlement.paper.tables import as_csv, as_workbook, csv_of, workbook_of

__all__ = [
    "COUNT",
    "DAY",
    "HOURS",
    "LONG",
    "MONTH",
    "TEXT",
    "YUAN",
    "Block",
    "Cell",
    "Paid",
    "Signed",
    "Source",
    "Tables",
    "as_csv",
    "as_workbook",
    "blocks",
    "csv_of",
    "draw",
    "lettered",
    "texts",
    "workbook_of",
]
