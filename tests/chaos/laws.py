"""What must be true when the dust has settled: of books, of events, of what people heard."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg

from service import batches
from service.db import Database
from tests.batches.conftest import PLACES
from tests.chaos.place import Place
from tests.chaos.senders import Told
from tests.ledger.invariants import broken
from workers.consumers import CONSUMERS

OPENING = 100_000
PLENTY = 1_000_000
PRICE = 5
SETTLED_S = 180.0


def settle(place: Place) -> None:
    """Wait until nothing waits: no event untold or unheard, no transfer unsealed, no open hold."""
    with place.connect() as admin:
        place.until(lambda: waiting(admin) == {}, "nothing waits", SETTLED_S)


def waiting(admin: psycopg.Connection) -> dict[str, int]:
    """Count what still waits for somebody."""
    found = {"untold": count(admin, "outbox_events WHERE relayed_at IS NULL")}
    found["unsealed"] = count(admin, "ledger_unsealed")
    for consumer in CONSUMERS:
        found[consumer.name] = len(unheard(admin, consumer.name, consumer.types))
    return {name: number for name, number in found.items() if number}


def unheard(admin: psycopg.Connection, name: str, types: frozenset[str]) -> list[Any]:
    """Return the events that a consumer wants and has not dealt with."""
    return admin.execute(
        "SELECT id, type FROM outbox_events e WHERE type = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM outbox_consumptions c WHERE c.event_id = e.id AND c.consumer = %s)",
        [list(types), name],
    ).fetchall()


def count(admin: psycopg.Connection, what: str) -> int:
    """Count rows."""
    row = admin.execute(f"SELECT count(*) FROM {what}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def faults(place: Place, told: Told) -> list[str]:
    """Name everything that is not as it must be: an empty list, whoever died when."""
    with place.connect() as admin:
        admin.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # all of one moment
        with admin.transaction():
            return every_fault(admin, told)


def every_fault(admin: psycopg.Connection, told: Told) -> list[str]:
    """Hold what is kept against the laws and against what everybody was told."""
    stand = states(admin, told)
    return [
        *(f"{law}: {row}" for law, row in broken(admin)),
        *told.odd,
        *sales(admin, told, stand),
        *points(admin, told, stand),
        *shelves(admin),
        *scans(admin, told),
        *events(admin),
        *(f"{name} waits: {number}" for name, number in waiting(admin).items()),
    ]


def unsettled_days(place: Place) -> list[str]:
    """Run what is due of yesterday's shop days once more; name what is then not in one place.

    Whatever killed the runs before: the last leaves nothing half done, and one more nothing new.
    """
    database, now = Database(place.site.settings.database_url), datetime.now(UTC)
    due = database.atomic(partial(batches.due, now=now))
    database.atomic(partial(batches.run, ids=due, now=now))
    every = [row["id"] for row in database.rows("SELECT id FROM reconciliation_batches")]
    again = database.atomic(partial(batches.run, ids=every, now=now))
    places = [str(row) for row in database.rows(PLACES)]
    database.close()
    return places + [f"batch {number} had something new" for number in again.new]


def sales(admin: psycopg.Connection, told: Told, said: Mapping[str, str]) -> list[str]:
    """Compare what the tills, phones and recorder were told with what is kept."""
    kept = dict(admin.execute("SELECT key, status FROM redemptions").fetchall())
    found = [
        f"sale {key}: kept {kept.get(key)}, told {said.get(key)}"
        for key in kept.keys() | said.keys()
        if kept.get(key) != said.get(key)
    ]
    awards = {key for key, answer in told.awards.items() if answer.get("status") == "posted"}
    booked = {
        key
        for (key,) in admin.execute(
            "SELECT key FROM activities_awards WHERE transfer_id IS NOT NULL"
        )
    }
    found += [f"award {key}: told or kept, not both" for key in awards ^ booked]
    given = {key for key, answer in told.discounts.items() if answer.get("status") == "ok"}
    noted = keys(admin, "redemptions_discounts")
    return found + [f"discount {key}: told or kept, not both" for key in given ^ noted]


def keys(admin: psycopg.Connection, what: str) -> set[str]:
    """Return the keys of rows."""
    return {str(key) for (key,) in admin.execute(f"SELECT key FROM {what}".encode())}


# Long storms see the end of what their first tills left.
OVER = "SELECT key FROM redemptions WHERE status = 'expired' AND expires_at <= clock_timestamp()"


def states(admin: psycopg.Connection, told: Told) -> dict[str, str]:
    """Say where each sale must stand: as was told last, and what was held until its time is over.

    A choice is told of when it is settled, so only what a till left waits for its time.
    """
    said = {
        key: str((told.voids.get(key) or answer)["state"]) for key, answer in told.sales.items()
    }
    over = [key for (key,) in admin.execute(OVER) if said.get(key) == "held"]
    said |= dict.fromkeys(over, "expired")
    return said | {key: str(answer["state"]) for key, answer in told.choices.items()}


def points(admin: psycopg.Connection, told: Told, stand: Mapping[str, str]) -> list[str]:
    """Compute every wallet from what people were told, and compare."""
    due: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for key, state in stand.items():
        due[told.buyers[key]] -= PRICE * (state == "captured")
        aside[told.buyers[key]] += PRICE * (state == "held")
    for award in told.awards.values():
        if award.get("status") == "posted":
            due[award["of"]] += award["points"]
    wallets = admin.execute(
        "SELECT substr(address, 11), posted, held_out FROM ledger_accounts"
        " WHERE address LIKE 'volunteer:%' AND unit = 'PTS'"
    ).fetchall()
    return [
        f"wallet {code}: {posted} and {held} held, told {OPENING + due[code]} and {aside[code]}"
        for code, posted, held in wallets
        if (posted, held) != (OPENING + due[code], aside[code])
    ]


SHELVES = f"""SELECT g.code, g.stock, d.taken, coalesce(r.out, 0) FROM shops_goods g
LEFT JOIN (SELECT good_id, sum(qty) AS out FROM redemptions
           WHERE status IN ('captured', 'held') GROUP BY 1) r ON r.good_id = g.id
LEFT JOIN (SELECT good_id, sum(taken) AS taken FROM shops_good_days GROUP BY 1) d
  ON d.good_id = g.id
WHERE g.stock <> {PLENTY} - coalesce(r.out, 0) OR coalesce(d.taken, 0) <> coalesce(r.out, 0)"""


def shelves(admin: psycopg.Connection) -> list[str]:
    """Compare each good's stock, and what was taken of it by the day, with the sales that stand."""
    rows = admin.execute(SHELVES.encode()).fetchall()
    return [
        f"good {code}: {left} left, {taken} taken, {out} out" for code, left, taken, out in rows
    ]


def scans(admin: psycopg.Connection, told: Told) -> list[str]:
    """Hold that every reading that was answered is kept once, refused ones too, and no other."""
    rows = admin.execute("SELECT nonce, status FROM activities_scans").fetchall()
    kept = {str(nonce): str(status) for nonce, status in rows}
    said = {nonce: answer["status"] for nonce, answer in told.scans.items()}
    twice = [f"{len(rows) - len(kept)} readings twice"] if len(rows) > len(kept) else []
    return twice + [
        f"reading {nonce}: kept {kept.get(nonce)}, told {said.get(nonce)}"
        for nonce in kept.keys() | said.keys()
        if kept.get(nonce) != said.get(nonce)
    ]


# What happened, and the type under which it must be told exactly once.
TOLD_ONCE = {
    "RedemptionCaptured": "SELECT 'redemption:' || id FROM redemptions"
    " WHERE transfer_id IS NOT NULL",
    "RedemptionVoided": "SELECT 'redemption:' || id FROM redemptions"
    " WHERE status = 'voided' AND reason IS DISTINCT FROM 'voided_first'",
    "DiscountGiven": "SELECT 'discount:' || s.code || ':' || d.key FROM redemptions_discounts d"
    " JOIN shops s ON s.id = d.shop_id",
    "ManualAwardEntered": "SELECT 'volunteer:' || v.code FROM activities_awards a"
    " JOIN people_volunteers v ON v.id = a.volunteer_id WHERE a.kind = 'manual'",
}


def events(admin: psycopg.Connection) -> list[str]:
    """Hold that each of these was told once, and nothing that was not."""
    found = []
    for kind, sql in TOLD_ONCE.items():
        due = Counter(row[0] for row in admin.execute(sql.encode()))
        said = Counter(
            row[0]
            for row in admin.execute("SELECT subject FROM outbox_events WHERE type = %s", [kind])
        )
        wrong = [one for one in due | said if due[one] != said[one]]
        found += [f"{kind} of {one}: {due[one]} due, {said[one]} told" for one in wrong]
    return found
