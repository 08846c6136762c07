"""Exceptions as a run or a batch would have opened them, and people who deal with them."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service import people
from tests.shops.market import DAY, Market

OPEN = """INSERT INTO reconciliation_exceptions
  (programme_id, community_id, shop_id, day, kind, subject, reference, detail, amount_fen,
   ours_kind, ours_id, status, opened_at)
SELECT s.programme_id, s.community_id, s.id, %(day)s, %(kind)s, s.code, %(reference)s, %(detail)s,
  %(fen)s, %(ours_kind)s, %(ours_id)s, 'open', %(now)s
FROM shops s WHERE s.code = %(shop)s RETURNING id"""


@dataclass
class Exceptions:
    """Opens exceptions in the market, and asks for them as somebody."""

    market: Market
    made: int = 0

    def open(self, fen: int | None = None, *, kind: str = "THEIRS_ONLY", **more: Any) -> int:
        """Open one of a shop; `days` is how old it is."""
        self.made += 1
        day: date = more.get("day") or DAY - timedelta(days=more.get("days", 0))
        ours = (more["ours_kind"], self.made) if more.get("ours_kind") else (None, None)
        found = self.market.database.rows(
            OPEN,
            {
                "day": day,
                "kind": kind,
                "reference": more.get("reference", f"R-{self.made}"),
                "detail": json.dumps(more.get("detail", {})),
                "fen": fen,
                "ours_kind": ours[0],
                "ours_id": ours[1],
                "now": self.market.clock.now(),
                "shop": more.get("shop", "A"),
            },
        )
        return int(found[0]["id"])

    def later(self, days: int, *who: str) -> None:
        """Let days go by; these people sign in again."""
        market = self.market
        market.clock.set(market.clock.now() + timedelta(days=days))
        for code in who:
            row = market.run(people.find_staff, code=code)
            market.tokens[code] = market.run(
                people.open_staff_session, staff_id=row.id, now=market.clock.now()
            )

    def post(self, path: str, body: Any, *, by: str = "U-SEC", status: int = 200) -> Any:
        answer = self.market.post(f"/reconciliation/exceptions/{path}", body, by=by)
        assert answer.status_code == status, answer.text
        return answer.json

    def get(self, path: str, *, by: str = "U-SEC", status: int = 200) -> Any:
        answer = self.market.get(f"/reconciliation/{path}", by=by)
        assert answer.status_code == status, answer.text
        return answer.json

    def ids(self, query: str = "", *, by: str = "U-SEC") -> list[int]:
        """The numbers of one page of the queue."""
        return [one["id"] for one in self.get(f"queue?{query}", by=by)["items"]]

    def resolve(
        self, number: int, resolution: str, *, by: str = "U-SEC", status: int = 200, **more: Any
    ) -> Any:
        body = {"resolution": resolution, "note": "looked at", **more}
        return self.post(f"{number}/resolution", body, by=by, status=status)
