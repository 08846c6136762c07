"""The table of the days that the State Council moved."""

from datetime import date

from sqlalchemy import Text
from sqlmodel import Field

from service.db import Model


class WorkingDay(Model, table=True):
    """One day that differs from its weekday, or is a holiday anyway, and who said so."""

    __tablename__ = "programmes_working_days"

    day: date = Field(primary_key=True)
    working: bool
    name: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
