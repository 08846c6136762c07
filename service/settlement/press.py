"""What a worker does for statements: issue what is queued, and make the files of what was signed.

Every step may be done twice. A file's name says what it shows, so a second making replaces the
first by the same bytes; files stay as long as the statement, outside what the web server reaches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import people, shops
from service.db import Database
from service.settlement.actions import payments, statements
from service.settlement.models import NoStatementFile, Statement, StatementSignature
from service.settlement.paper import Paid, Signed, Source, as_csv, as_workbook, draw
from service.settlement.paper.words import MACHINE
from service.settlement.payment_models import PaymentStatus
from service.settlement.rules import SYSTEM

FOLDER = "statements"
AT_ONCE = 5
MAKERS = {"pdf": draw, "csv": as_csv, "xlsx": as_workbook}
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OFFICES = {"clerk": "店员", "staff": "", "device": "收银台"}
UNDONE = text("files_show IS DISTINCT FROM signatures")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Press:
    """Where statements are made, and under which address they are checked."""

    database: Database
    folder: Path
    public_url: str
    now: Callable[[], datetime]
    progress: Progress

    def work_off(self) -> int:
        """Issue all that is queued, then make the files of a few; return how many files were due.

        Few at a time: other jobs wait behind this one, and it comes again in a moment.
        """
        for each in self.database.atomic(queued):
            work = partial(statements.issue, statement_id=each, now=self.now())
            self.database.atomic(work)
        due = self.database.atomic(partial(undone, limit=AT_ONCE))
        for done, each in enumerate(due, start=1):
            self.print_one(each)
            self.progress(done, len(due))
        return len(due)

    def print_one(self, statement_id: int) -> None:
        """Make the files of one statement, as it is signed at this moment."""
        said = partial(source_of, statement_id=statement_id, public_url=self.public_url)
        source = self.database.atomic(said)
        files = {kind: self.keep(source, kind) for kind in MAKERS}
        shows = shown_by(source)
        self.database.atomic(partial(note, statement_id=statement_id, files=files, shows=shows))

    def keep(self, source: Source, kind: str) -> str:
        """Write one file whole; return its SHA-256."""
        content = MAKERS[kind](source)
        place = self.folder / FOLDER
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = name_of(source.digest, shown_by(source), kind)
        draft = place / f".{name}"
        draft.write_bytes(content)
        draft.replace(place / name)
        return sha256(content).hexdigest()


def queued(session: Session) -> list[int]:
    """Return the statements to issue: earlier months first, for later ones follow on them."""
    asked = select(Statement.id).where(UNDONE, Statement.status == statements.QUEUED)
    rows = session.exec(asked.order_by(col(Statement.month), col(Statement.id))).all()
    return [each or 0 for each in rows]


def undone(session: Session, *, limit: int) -> list[int]:
    """Return some statements whose files do not show every signature."""
    skipped = [statements.QUEUED, statements.REPLACED]
    asked = select(Statement.id).where(UNDONE, col(Statement.status).not_in(skipped))
    rows = session.exec(asked.order_by(col(Statement.month), col(Statement.id)).limit(limit))
    return [each or 0 for each in rows.all()]


def note(session: Session, *, statement_id: int, files: dict[str, str], shows: int) -> None:
    """Keep what the files show; a signature that came meanwhile makes them due again."""
    row = session.get_one(Statement, statement_id, with_for_update=True)
    row.files, row.files_show = files, shows
    session.add(row)


def source_of(session: Session, *, statement_id: int, public_url: str) -> Source:
    """Return what a statement's files are made of."""
    row = session.get_one(Statement, statement_id)
    assert row.content is not None
    assert row.digest is not None
    assert row.issued_at is not None
    signed = statements.signatures(session, row)
    return Source(
        content=row.content,
        digest=row.digest,
        issued_at=row.issued_at,
        url=public_address(public_url, row.digest),
        signed=tuple(shown(session, one) for one in signed),
        paid=tuple(
            Paid(
                one.paid_on,
                one.fen,
                one.reference,
                office(session, one.entered_by),
                office(session, one.decided_by or ""),
                one.status == PaymentStatus.TAKEN_BACK,
            )
            for one in payments.of_statement(session, row)
            if one.transfer_id is not None
        ),
    )


def shown_by(source: Source) -> int:
    """Count what a file shows that came after the content: signatures, payments, takings back."""
    return len(source.signed) + len(source.paid) + sum(one.taken_back for one in source.paid)


def shown(session: Session, one: StatementSignature) -> Signed:
    """Return a signature as a paper shows it: an office and where it counts, never a name."""
    return Signed(one.step, office(session, one.signed_by), one.at, one.by_default, one.hash)


def office(session: Session, actor: str) -> str:
    """Say who an actor is: the title of staff, a clerk by the shop's own label."""
    kind, _, code = actor.partition(":")
    if actor == SYSTEM:
        return MACHINE
    if kind == "staff":
        found = people.find_staff(session, code)
        return found.title if found else code
    return f"{OFFICES.get(kind, kind)} {code}".strip()


def public_address(public_url: str, digest: str) -> str:
    """Return the address at which anybody compares a statement's digest."""
    return f"{public_url}/st/{digest[:32]}"


def name_of(digest: str, shows: int, kind: str) -> str:
    """Return a file's name: what it says, and how many signatures and payments it shows."""
    return f"{digest}-{shows}.{kind}"


def file_of(row: Statement, kind: str, *, folder: Path) -> Path:
    """Return a statement's file. Raises NoStatementFile while it is being made."""
    if row.digest is None or row.files_show is None or kind not in (row.files or {}):
        raise NoStatementFile
    found = folder / FOLDER / name_of(row.digest, row.files_show, kind)
    if not found.is_file():
        raise NoStatementFile
    return found


def files_of_months(
    session: Session, *, community_id: int, months: tuple[date, date], folder: Path
) -> list[tuple[str, Path]]:
    """Return the printed statements of a community from one month to another: name and file."""
    asked = select(Statement).where(
        Statement.community_id == community_id,
        col(Statement.month).between(*months),
        col(Statement.files_show).is_not(None),
    )
    rows = session.exec(asked.order_by(Statement.number)).all()
    return [
        (f"{row.number}.{kind}", file_of(row, kind, folder=folder))
        for row in rows
        for kind in sorted(row.files or {})
    ]


def order_ended(session: Session, *, programme_id: int, month: date, now: datetime) -> int:
    """Ask for every shop's statement of a month that is over; return how many were missing."""
    asked = select(col(Statement.shop_id)).where(
        Statement.programme_id == programme_id, Statement.month == month
    )
    there = set(session.exec(asked).all())
    members = shops.list_shops(session, programme_id=programme_id)
    missing = [shop for shop in members if shop.id not in there]
    return len(statements.order(session, missing, month, by=SYSTEM, now=now)) if missing else 0
