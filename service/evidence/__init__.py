"""Evidence: the shops' own files, read into rows that are compared with the books.

A file is kept as it came, read once with the mapping that somebody accepted, or refused with its
first bad line. Its rows are never edited; a file that was wrong is withdrawn as a whole. Who
compares reads the view `evidence_live_rows`: the rows of the files that stand.
"""

from service.evidence.actions import Sender, load, read_next
from service.evidence.columns import Plan
from service.evidence.models import EvidenceFile, EvidenceRow, Status
from service.evidence.queries import bad_files, days_touched, files_on, rows_digest
from service.evidence.storage import sweep

__all__ = [
    "EvidenceFile",
    "EvidenceRow",
    "Plan",
    "Sender",
    "Status",
    "bad_files",
    "days_touched",
    "files_on",
    "load",
    "read_next",
    "rows_digest",
    "sweep",
]
