"""The table of files; what is in them lies in a folder of its own."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from service.db import Instant, Model


class File(Model, table=True):
    """One kept file. Append-only: whoever rests on it finds what was sent, or nothing."""

    __tablename__ = "files"
    __table_args__ = (
        Index(
            "uq_files_sent",
            "kept_by",
            "purpose",
            "sha256",
            "community_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    purpose: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    size: int = Field(sa_column=Column("bytes", Integer, nullable=False))
    sha256: bytes = Field(sa_type=LargeBinary)  # of what was sent, before it was drawn anew
    community_id: int | None = Field(default=None, sa_type=BigInteger)
    kept_by: str = Field(sa_type=Text)
    kept_at: datetime = Field(sa_type=Instant)
