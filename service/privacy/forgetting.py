"""To be forgotten, all of it: who it was, what lies ahead, the words of others, papers, pictures.

Books, hours and the trail's who, what and when stay under the booklet's number.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import activities, certificates, files, inbox, people
from service.privacy import actions
from service.privacy.models import Correction, RemovedPicture

PLACES = text("SELECT DISTINCT place FROM privacy_words() ORDER BY place")
TAKE_OUT = text("SELECT privacy_take_out(:erasure, :place, :words)")
DONE = text("UPDATE people_erasures SET words_out_at = :now WHERE id = :erasure")
PICTURES = text("SELECT privacy_pictures_of(:volunteer)")
FORGOTTEN = text("SELECT DISTINCT volunteer_id FROM people_erasures WHERE erased ORDER BY 1")
MOBILE = 11  # digits; people write them in groups of three, four and four


def forget(
    session: Session, *, volunteer_id: int, decided_by: str, folder: Path, now: datetime
) -> list[Path]:
    """Forget somebody as another person had asked; return the files to delete after the commit.

    Raises NoErasure, OwnErasure.
    """
    wish = people.open_erasure(session, volunteer_id)
    words = known_words(session, volunteer_id)
    person = people.volunteer_by_id(session, volunteer_id)
    activities.leave_what_lies_ahead(session, person, now=now)
    people.erase(session, volunteer_id=volunteer_id, decided_by=decided_by, now=now)
    assert wish is not None, "people.erase refuses where nobody has asked"
    take_out(session, wish.id or 0, words, now=now)
    return leftovers(session, volunteer_id, folder=folder, now=now)


def known_words(session: Session, volunteer_id: int) -> list[str]:
    """Return how others may have written who somebody is; the longest first."""
    contact = people.contact_of(session, volunteer_id)
    asked = select(Correction).where(Correction.volunteer_id == volunteer_id)
    wanted = [
        actions.read(session, row)
        for row in session.exec(asked.order_by(col(Correction.id)))
        if row.field in actions.WRITTEN_DOWN
    ]
    addresses = [address for _, address in inbox.every_address(session, volunteer_id)]
    said = [contact.name, contact.phone, contact.id_no, *wanted, *addresses]
    spelled = {way for one in said for way in spellings(one.strip())}
    return sorted(spelled, key=len, reverse=True)


def spellings(word: str) -> set[str]:
    """Return the ways in which people write a name or a number."""
    ways = {word, word.upper(), word.lower()}
    if word.isdigit() and len(word) == MOBILE:
        groups = (word[:3], word[3:7], word[7:])
        ways |= {" ".join(groups), "-".join(groups)}
    return {way for way in ways if len(way) > 1}


def take_out(session: Session, erasure_id: int, words: list[str], *, now: datetime) -> None:
    """Blacken words wherever people write freely; see `privacy_words` of migration 0053."""
    for place in session.execute(PLACES).scalars().all():
        asked = {"erasure": erasure_id, "place": place, "words": words}
        session.execute(TAKE_OUT, asked)
    session.execute(DONE, {"erasure": erasure_id, "now": now})
    session.expire_all()


def leftovers(session: Session, volunteer_id: int, *, folder: Path, now: datetime) -> list[Path]:
    """Give up the papers and pictures of somebody who is forgotten; return their files."""
    papers = [folder / name for name in certificates.give_up(session, volunteer_id=volunteer_id)]
    ids = session.execute(PICTURES, {"volunteer": volunteer_id}).scalars().all()
    found = session.exec(select(files.File).where(col(files.File.id).in_(ids))).all()
    for one in found:
        session.add(RemovedPicture(file_id=one.id or 0, removed_at=now))
    session.flush()
    return papers + [files.path(one, folder) for one in found]


def every_leftover(session: Session, *, folder: Path, now: datetime) -> list[Path]:
    """Do so for everybody who was forgotten: what was printed or waited in that very hour."""
    forgotten = session.execute(FORGOTTEN).scalars().all()
    return [path for one in forgotten for path in leftovers(session, one, folder=folder, now=now)]


def delete(paths: list[Path]) -> int:
    """Take files off the disk, after the commit; one that is gone already is no fault."""
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)
