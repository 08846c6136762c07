"""The year that the bench of the audit looks at: rows by the statements of audit.sql."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from sqlmodel import Session

from deploy import embedded
from service import programmes

SQL = Path(__file__).with_name("audit.sql")
NAME = "-- name: "
PARTS = ("GROUND", "PLANS", "MOVES", "LEDGER", "HOUSE", "SCANS", "READERS", "DONE")
MONTH = (date(2025, 10, 1), date(2025, 10, 31))
HONEST = (date(2025, 6, 1), date(2025, 6, 30))
FIGURES: dict[str, Any] = {
    "goods_points_per_yuan": 5,
    "rates_points_per_hour": [{"code": "C", "name": "Service", "rate": 10}],
    "tiers_by_lifetime_points": [],
}


@dataclass(frozen=True, slots=True)
class Year:
    """How large a year is; every volunteer makes twenty transfers and fifty entries."""

    volunteers: int

    @property
    def communities(self) -> int:
        """Two of them at least, so that one's secretary can be kept from the other."""
        return max(2, self.volunteers // 5000)

    @property
    def shops(self) -> int:
        """As many in each community: one for two hundred volunteers."""
        return self.communities * max(2, self.volunteers // 200 // self.communities)

    @property
    def wallets(self) -> int:
        """The number before the first wallet's."""
        return 10 + 3 * self.shops

    @property
    def later(self) -> int:
        """A number beyond all that the year's rows have."""
        return 100 * self.volunteers

    def statement(self, name: str) -> str:
        """Return a part of the SQL for this size."""
        (found,) = (
            part.split("\n", 1)[1]
            for part in SQL.read_text("utf-8").split(NAME)[1:]
            if part.split("\n", 1)[0] == name
        )
        return found.format(
            volunteers=self.volunteers,
            communities=self.communities,
            groups=self.volunteers // 20,
            shops=self.shops,
            pledges=2 * self.shops,
            wallets=self.wallets,
            later=self.later,
        )


def rows_only(postgres: embedded.Postgres) -> psycopg.Connection[Any]:
    """Return a connection that no trigger or foreign key holds up."""
    found = postgres.connect(embedded.DATABASE)
    found.execute("SET session_replication_role = replica")
    found.execute("SET work_mem = '256MB'")
    return found


def write(postgres: embedded.Postgres, year: Year) -> None:
    """Write the year."""
    with rows_only(postgres) as connection:
        for part in PARTS:
            began = time.monotonic()
            for each in year.statement(part).split(";\n"):
                connection.execute(each.encode())
            print(f"{part.lower()}: {time.monotonic() - began:.0f} s")


def found_programme(session: Session) -> None:
    """Open the programme by whose rules the year was lived."""
    assert programmes.open_programme(session, code="BE", name="Bench").id == 1
    programmes.adopt(
        session, programme_id=1, code="BE-1", figures=FIGURES, effective_from=date(2024, 12, 1)
    )
