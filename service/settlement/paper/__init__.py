"""A statement on paper and as files: one list of blocks, drawn as PDF, CSV and workbook."""

from service.settlement.paper.blocks import Signed, Source, blocks
from service.settlement.paper.pdf import draw
from service.settlement.paper.tables import as_csv, as_workbook

__all__ = ["Signed", "Source", "as_csv", "as_workbook", "blocks", "draw"]
