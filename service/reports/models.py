"""The points of each day, summed once. The SQL of 0037 is the truth they mirror."""

from datetime import date

from sqlalchemy import BigInteger, Boolean, Column, Text
from sqlmodel import Field

from service.db import Model


class Day(Model, table=True):
    """What moved on a community's wallets on one day, by kind, in the sealed log so far."""

    __tablename__ = "reports_days"

    community_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: date = Field(primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    back: bool = Field(sa_column=Column(Boolean, primary_key=True))
    points: int = Field(sa_type=BigInteger)
    moves: int = Field(sa_type=BigInteger)


class Reach(Model, table=True):
    """How far the sums reach: the first leaf of the log that is in none of them."""

    __tablename__ = "reports_reach"

    one: bool = Field(default=True, sa_column=Column(Boolean, primary_key=True))
    next: int = Field(sa_type=BigInteger)
