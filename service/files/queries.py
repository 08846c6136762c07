"""Reads of files."""

import re
from collections.abc import Collection
from pathlib import Path

from sqlmodel import Session, col, select

from service.files.models import File
from service.files.pictures import SUFFIXES
from service.files.refusals import UnknownFile

CODE = re.compile(r"[a-z2-7]{26}")


def find(session: Session, code: str) -> File:
    """Return the file with this code; who may see it is the asking slice's to decide.

    Raises UnknownFile.
    """
    known = CODE.fullmatch(code) is not None
    found = session.exec(select(File).where(File.code == code)).first() if known else None
    if found is None:
        raise UnknownFile
    return found


def find_all(session: Session, ids: Collection[int]) -> dict[int, File]:
    """Return files by their numbers."""
    rows = session.exec(select(File).where(col(File.id).in_(ids))).all() if ids else []
    return {row.id or 0: row for row in rows}


def path(file: File, folder: Path) -> Path:
    """Return where the content of a file lies; its code was made by us and is no path."""
    return place(folder, file.code, file.media_type)


def place(folder: Path, code: str, media_type: str) -> Path:
    """Return where the content under a code lies, spread over a thousand folders."""
    return folder.absolute() / code[:2] / f"{code}{SUFFIXES[media_type]}"
