"""Cases and objections: from found, or filed, to answered.

found, assigned    people look into it; what it rests on only grows; several awards and sales are
                   taken back by two people, all of them or none; a right is suspended until a day
solved             what came out is written down, when no proposal waits any more
answered           whom it is about reads the answer; nothing of it is changed after that

An objection is open until somebody who did not make what is objected to answers it in writing:
rejected, and nothing moves, or upheld, and it goes on as a case.
"""

from service.cases.actions.objecting import Filing, Reply, answer_objection, file_objection
from service.cases.actions.opening import Opening, Piece, open_case
from service.cases.matters import Matter, objectable
from service.cases.models import Case, Objection
from service.cases.queries import (
    Counts,
    Waiting,
    find_cases,
    objection_counts,
    waiting,
)

__all__ = [
    "Case",
    "Counts",
    "Filing",
    "Matter",
    "Objection",
    "Opening",
    "Piece",
    "Reply",
    "Waiting",
    "answer_objection",
    "file_objection",
    "find_cases",
    "objectable",
    "objection_counts",
    "open_case",
    "waiting",
]
