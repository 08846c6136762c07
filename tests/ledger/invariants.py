"""What must be true of the ledger's rows after whatever happened, and a copy of all of them.

Each law is a query for the rows that break it, so a failing test names the law and the row.
"""

import psycopg
from psycopg.rows import tuple_row

MOVING = "kind NOT IN ('hold', 'release')"
WAITING = "EXISTS (SELECT FROM ledger_unsealed u WHERE u.transfer_id = e.transfer_id)"

LAWS = {
    "a transfer does not sum to zero": """
        SELECT e.transfer_id, a.unit, sum(e.amount) FROM ledger_entries e
        JOIN ledger_accounts a ON a.id = e.account_id
        GROUP BY 1, 2 HAVING sum(e.amount) <> 0""",
    "a transfer has fewer than two legs, or two in one account": f"""
        SELECT t.id, t.kind, count(e.account_id) FROM ledger_transfers t
        LEFT JOIN ledger_entries e ON e.transfer_id = t.id WHERE {MOVING}
        GROUP BY 1, 2 HAVING count(e.account_id) < 2
            OR count(e.account_id) <> count(DISTINCT e.account_id)""",
    "a hold or release has entries": f"""
        SELECT t.id, t.kind, e.account_id FROM ledger_transfers t
        JOIN ledger_entries e ON e.transfer_id = t.id WHERE NOT ({MOVING})""",
    "an entry is in another programme, or counts for another day": """
        SELECT e.transfer_id, e.account_id, e.effective_on FROM ledger_entries e
        LEFT JOIN ledger_accounts a ON a.id = e.account_id
        LEFT JOIN ledger_transfers t ON t.id = e.transfer_id
        WHERE (a.programme_id = t.programme_id AND e.effective_on = t.effective_on) IS NOT TRUE""",
    "a tracked account is not the sum of its entries": """
        SELECT a.id, a.posted, sum(e.amount) FROM ledger_accounts a
        LEFT JOIN ledger_entries e ON e.account_id = a.id WHERE a.tracked
        GROUP BY a.id HAVING a.posted <> coalesce(sum(e.amount), 0) OR a.entries <> count(e.seq)""",
    "an untracked account is not what the log has of it": f"""
        SELECT a.id, a.posted, sum(e.amount) FILTER (WHERE NOT {WAITING})
        FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id
        WHERE NOT a.tracked GROUP BY a.id
        HAVING a.posted <> coalesce(sum(e.amount) FILTER (WHERE NOT {WAITING}), 0)
            OR a.entries <> count(e.seq) FILTER (WHERE NOT {WAITING})""",
    "a unit does not sum to zero": f"""
        SELECT programme_id, unit, sum(amount) FROM (
            SELECT programme_id, unit, posted AS amount FROM ledger_accounts
            UNION ALL SELECT a.programme_id, a.unit, e.amount FROM ledger_entries e
            JOIN ledger_accounts a ON a.id = e.account_id WHERE NOT a.tracked AND {WAITING}) x
        GROUP BY 1, 2 HAVING sum(amount) <> 0""",
    "a running balance is broken": """
        SELECT account_id, seq, balance FROM (
            SELECT e.*, a.tracked, row_number() OVER w AS n, sum(e.amount) OVER w AS upto
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WINDOW w AS (PARTITION BY e.account_id ORDER BY e.seq)) x
        WHERE CASE WHEN tracked THEN seq <> n OR balance IS DISTINCT FROM upto
                   ELSE seq <> transfer_id OR balance IS NOT NULL END""",
    "an account is below its floor, or its debt is not what is missing": """
        SELECT id, posted - held_out, debt FROM ledger_accounts WHERE
            debt <> greatest(0, floor - (posted - held_out)) OR debt > 0 AND NOT by_lots""",
    "what accounts hold is not what open holds set aside": """
        SELECT a.id, a.held_out, a.held_in FROM ledger_accounts a
        LEFT JOIN (SELECT l.* FROM ledger_hold_legs l JOIN ledger_holds h USING (transfer_id)) l
            ON l.account_id = a.id AND a.tracked
        GROUP BY a.id HAVING a.held_out <> coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0)
            OR a.held_in <> coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)""",
    "held out is not held in": """
        SELECT a.programme_id, a.unit, sum(amount) FROM (
            SELECT id AS account_id, held_in - held_out AS amount FROM ledger_accounts
            UNION ALL SELECT l.account_id, l.amount FROM ledger_hold_legs l
            JOIN ledger_holds h USING (transfer_id) JOIN ledger_accounts a ON a.id = l.account_id
            WHERE NOT a.tracked) x JOIN ledger_accounts a ON a.id = x.account_id
        GROUP BY 1, 2 HAVING sum(amount) <> 0""",
    "a hold does not sum to zero, or has one leg, or one of another programme": """
        SELECT t.id, a.unit, sum(l.amount) FROM ledger_transfers t
        LEFT JOIN ledger_hold_legs l ON l.transfer_id = t.id
        LEFT JOIN ledger_accounts a ON a.id = l.account_id AND a.programme_id = t.programme_id
        WHERE t.kind = 'hold' GROUP BY 1, 2
        HAVING sum(l.amount) IS DISTINCT FROM 0 OR a.unit IS NULL OR count(*) < 2""",
    "a hold is open and resolved, or neither": """
        SELECT t.id, h.expires_at, r.id FROM ledger_transfers t
        FULL JOIN ledger_holds h ON h.transfer_id = t.id
        LEFT JOIN ledger_transfers r ON r.pending_id = t.id
        WHERE coalesce(t.kind, 'hold') = 'hold' AND ((h.transfer_id IS NULL) = (r.id IS NULL)
            OR h.transfer_id IS NOT NULL AND (h.expires_at, h.programme_id) IS DISTINCT FROM
                                             (t.expires_at, t.programme_id))""",
    "a capture is not within its hold, or not in its time": """
        SELECT r.id, r.kind, e.amount FROM ledger_transfers r
        JOIN ledger_transfers h ON h.id = r.pending_id
        LEFT JOIN ledger_entries e ON e.transfer_id = r.id
        LEFT JOIN ledger_hold_legs l ON l.transfer_id = h.id AND l.account_id = e.account_id
        WHERE h.kind <> 'hold' OR h.programme_id <> r.programme_id
            OR r.kind <> 'release' AND (r.recorded_at >= h.expires_at OR l.amount IS NULL
               OR sign(l.amount) <> sign(e.amount) OR abs(e.amount) > abs(l.amount))""",
    "a reversal is not the mirror image": """
        SELECT r.id, r.reverses_id, x.account_id FROM ledger_transfers r
        JOIN ledger_transfers t ON t.id = r.reverses_id CROSS JOIN LATERAL (
            SELECT account_id, sum(amount) FROM ledger_entries e
            WHERE e.transfer_id IN (r.id, t.id) GROUP BY 1 HAVING sum(amount) <> 0
            UNION ALL SELECT 0, 0 WHERE t.reverses_id IS NOT NULL
                OR t.programme_id <> r.programme_id OR t.kind IN ('hold', 'release')) x""",
    "the lots less the debt are not the balance": """
        SELECT a.id, a.posted, sum(l.amount) FROM ledger_accounts a
        LEFT JOIN ledger_lots l ON l.account_id = a.id GROUP BY a.id
        HAVING CASE WHEN a.by_lots THEN coalesce(sum(l.amount), 0) <> greatest(0, a.posted)
                    ELSE count(l.amount) > 0 END""",
    "a lot is not the sum of its moves": """
        SELECT account_id, expires_on, sum(amount) FROM (
            SELECT account_id, expires_on, amount FROM ledger_lots
            UNION ALL SELECT account_id, expires_on, -amount FROM ledger_lot_moves
            UNION ALL SELECT id, '9999-12-31', least(0, posted) FROM ledger_accounts
            WHERE by_lots) x
        GROUP BY 1, 2 HAVING sum(amount) <> 0""",
    "the lot moves of a transfer are not its entry": """
        SELECT transfer_id, account_id, sum(amount) FROM (
            SELECT e.transfer_id, e.account_id, e.amount FROM ledger_entries e
            JOIN ledger_accounts a ON a.id = e.account_id WHERE a.by_lots
            UNION ALL SELECT transfer_id, account_id, -amount FROM ledger_lot_moves) x
        GROUP BY 1, 2 HAVING sum(amount) <> 0""",
    "a waiting leaf is not that of its transfer": """
        SELECT u.transfer_id, NULL, NULL FROM ledger_unsealed u
        WHERE u.leaf IS DISTINCT FROM ledger_leaf(ledger_fields(u.transfer_id))""",
    "a transfer is in the log and waiting, or neither": """
        SELECT t.id, u.transfer_id, l.transfer_id FROM ledger_transfers t
        FULL JOIN ledger_unsealed u ON u.transfer_id = t.id
        LEFT JOIN ledger_leaves l ON l.transfer_id = coalesce(t.id, u.transfer_id)
        WHERE t.id IS NULL OR (u.transfer_id IS NULL) = (l.transfer_id IS NULL)""",
    "a period is closed beyond the watermark": """
        SELECT p.programme_id, p.month, b.closed_through FROM ledger_periods p
        LEFT JOIN ledger_books b USING (programme_id)
        WHERE (b.closed_through >= p.month + interval '1 month' - interval '1 day') IS NOT TRUE""",
}  # fmt: skip

EVERYTHING = " UNION ALL ".join(
    f"SELECT '{law}' AS law, row_to_json(x)::text FROM ({query}) x" for law, query in LAWS.items()
).encode()


def broken(admin: psycopg.Connection) -> list[tuple[str, str]]:
    """Return (law, row) of all that is wrong: an empty list, whatever happened before."""
    with admin.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(EVERYTHING, prepare=True).fetchall()


class Snapshots:
    """Copies of every row of every table of the ledger, whichever migration made it."""

    def __init__(self, admin: psycopg.Connection) -> None:
        found = admin.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename LIKE 'ledger\\_%' ORDER BY 1"
        ).fetchall()
        self.admin = admin
        self.tables = [str(name) for (name,) in found]
        self.sql = " UNION ALL ".join(
            f"SELECT '{name}', t::text FROM {name} t" for name in self.tables
        ).encode()

    def take(self) -> list[tuple[str, str]]:
        """Return (table, row) of everything, in an order that does not depend on the writing."""
        return sorted(self.admin.execute(self.sql, prepare=True).fetchall())

    def clear(self) -> None:
        """Empty every table; needs a connection on which triggers are off.

        Row by row: for a few hundred rows that is a tenth of the time of a TRUNCATE.
        """
        for name in self.tables:
            self.admin.execute(f"DELETE FROM {name}".encode())
