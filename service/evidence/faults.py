"""Why a file is refused: one first fault, with its line, its column and what stood there."""

from dataclasses import asdict, dataclass
from typing import Any

from service.i18n import N_

# By slug: what is said of it. The line and the column are said before it.
SENTENCES = {
    "empty": N_("The file is empty."),
    "too_large": N_("The file is too large: at most {value} MB are taken."),
    "too_many_rows": N_("The file has too many lines: at most {value}."),
    "encoding": N_("The characters cannot be read. Save the file as UTF-8 and send it again."),
    "old_excel": N_("This is an old or locked Excel file. Save it as .xlsx without a password."),
    "not_a_table": N_("This is no CSV and no XLSX file, or it is damaged."),
    "bomb": N_("The file would unfold to far more than it seems. It is not opened."),
    "macros": N_("The workbook holds macros. Save it as a plain .xlsx and send it again."),
    "entity": N_("The workbook holds declarations that no spreadsheet writes. It is not opened."),
    "formula": N_(
        "“{value}” is a formula. Paste the values only, so that everybody reads the same."
    ),
    "quotes": N_("A quotation mark is opened here and never closed, or closed twice."),
    "wide": N_("The line has more cells than the head has names: “{value}” stands beyond it."),
    "no_head": N_("No line with the names of columns was found in the first 30 lines."),
    "no_moments": N_("Say which column holds the time of the sale."),
    "no_column": N_("The column “{value}” is not in this file."),
    "short": N_("The line ends too early: cells are missing."),
    "time": N_("“{value}” is no moment that we can read. Write 2025-10-18 09:30:00."),
    "future": N_("“{value}” lies in the future."),
    "number": N_("“{value}” is no amount."),
    "whole": N_("“{value}” is no whole number."),
    "fractions": N_("“{value}” has parts of a cent."),
    "number_lost": N_(
        "“{value}”: a spreadsheet has shortened this number and its digits are lost."
        " Export the file again and do not open it in between."
    ),
    "zeros_lost": N_("“{value}” may be two numbers: its leading zeros are lost."),
    "too_long": N_("“{value}” is longer than the numbers of this file may be."),
    "status": N_("We do not know what “{value}” means for a sale."),
    "kind": N_("“{value}” is neither goods for points nor a discount."),
    "unfooted": N_("The file says {value} here, but its lines add up to {found}."),
    "no_rows": N_("The file has a head, but not one sale under it."),
    "beyond": N_("“{value}” is more than can be counted."),
}
VALUE_MAX = 80


@dataclass(eq=False)
class Fault(Exception):
    """The first thing that is wrong in a file."""

    slug: str
    line: int | None = None
    column: str | None = None
    value: str = ""
    found: str = ""

    def kept(self) -> dict[str, Any]:
        """Return it as it is kept beside the file; what stood there as one short line."""
        seen = "".join(filter(str.isprintable, self.value[:VALUE_MAX]))
        return {**asdict(self), "value": seen}
