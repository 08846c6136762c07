"""Ways to change the books of `history` behind the ledger's back, and what betrays each of them.

Transfer 4 is a redemption, the fourth leaf of the log; 273 is an open hold; 275 is the last one in
the log; 276 and 277 wait for the sealer, so that 278 is the next.
"""

from service.proof import sign_note
from tests.ledger.sealer import STRANGER

Found = set[tuple[str, str]]  # kind and place

A, B = "account volunteer:A PTS (programme 1)", "account volunteer:B PTS (programme 1)"
SEPTEMBER = "period 2025-09 (programme 1)"
OCTOBER, NOVEMBER = "period 2025-10 (programme 1)", "period 2025-11 (programme 1)"

# What is added to a value so that it is another one of its kind.
FLIPPED = {
    "bigint": "{} + 1",
    "integer": "{} + 1",
    "text": "overlay({0} PLACING chr(ascii({0}) # 1) FROM 1 FOR 1)",
    "bytea": "set_byte({0}, 31, get_byte({0}, 31) # 1)",
    "date": "{} + 1",
    "timestamp with time zone": "{} + interval '1 microsecond'",
    "boolean": "NOT {}",
    "jsonb": "{} || '{{\"forged\": 1}}'",
}
TRANSFER_4, TRANSFER_4_OF_A = "id = 4", "transfer_id = 4 AND balance = 35"
HELD = "transfer_id = 6 AND amount = 10"
HOLD, OF_A = "id = 6", "address = 'volunteer:A' AND programme_id = 1"

# (table, column): which row, and what is found. `column = value` replaces the flip.
FLIPS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("ledger_transfers", "id = 9000"): (TRANSFER_4, "missing", "leaf 3"),
    ("ledger_transfers", "programme_id"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "key"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "request_hash"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "kind"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "actor"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "source"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "occurred_at"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "recorded_at"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "business_day"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "effective_on"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "reverses_id = 1"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "pending_id = 1"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_transfers", "expires_at"): (HOLD, "altered", "leaf 5"),
    ("ledger_transfers", "memo"): (TRANSFER_4, "altered", "leaf 3"),
    ("ledger_entries", "account_id = 5"): (TRANSFER_4_OF_A, "altered", "leaf 3"),
    ("ledger_entries", "seq = 9000"): (TRANSFER_4_OF_A, "sequence", A),
    ("ledger_entries", "transfer_id"): (TRANSFER_4_OF_A, "altered", "leaf 3"),
    ("ledger_entries", "amount"): (TRANSFER_4_OF_A, "unbalanced", "transfer 4"),
    ("ledger_entries", "balance"): (TRANSFER_4_OF_A, "balance", A),
    ("ledger_entries", "effective_on"): (TRANSFER_4_OF_A, "altered", "leaf 3"),
    ("ledger_lot_moves", "transfer_id = 3"): ("transfer_id = 4", "altered", "leaf 3"),
    ("ledger_lot_moves", "account_id = 2"): ("transfer_id = 4", "altered", "leaf 3"),
    ("ledger_lot_moves", "expires_on"): ("transfer_id = 4", "lots", A),
    ("ledger_lot_moves", "amount"): ("transfer_id = 4", "lots", A),
    ("ledger_hold_legs", "transfer_id = 8"): ("transfer_id = 6", "altered", "leaf 5"),
    ("ledger_hold_legs", "account_id = 4"): (HELD, "altered", "leaf 5"),
    ("ledger_hold_legs", "amount"): ("transfer_id = 6", "altered", "leaf 5"),
    ("ledger_accounts", "id = 9000"): (OF_A, "altered", "leaf 3"),
    ("ledger_accounts", "programme_id = 9"): (OF_A, "balance", A),
    ("ledger_accounts", "address"): (OF_A, "altered", "leaf 3"),
    ("ledger_accounts", "unit = 'CNY'"): (OF_A, "unbalanced", "transfer 4"),
    ("ledger_accounts", "tracked"): (OF_A, "balance", A),
    ("ledger_accounts", "by_lots"): (OF_A, "lots", A),
    ("ledger_accounts", "posted"): (OF_A, "balance", A),
    ("ledger_accounts", "held_out"): (OF_A, "holds", A),
    ("ledger_accounts", "held_in"): (OF_A, "holds", A),
    ("ledger_accounts", "debt"): (OF_A, "floor", A),
    ("ledger_accounts", "entries"): (OF_A, "count", A),
    ("ledger_accounts", "floor = -7"): ("address = 'volunteer:B'", "floor", B),
    ("ledger_lots", "account_id = 3"): ("account_id = 1 AND amount > 0", "lots", A),
    ("ledger_lots", "expires_on"): ("account_id = 1 AND amount > 0", "lots", A),
    ("ledger_lots", "amount"): ("account_id = 1 AND amount > 0", "lots", A),
    ("ledger_holds", "transfer_id"): ("true", "holds", "transfer 273"),
    ("ledger_holds", "expires_at"): ("true", "holds", "transfer 273"),
    ("ledger_unsealed", "transfer_id = 1"): ("transfer_id = 277", "missing", "transfer 277"),
    ("ledger_unsealed", "leaf"): ("transfer_id = 277", "altered", "transfer 277"),
    ("ledger_leaves", "index = 9000"): ("index = 3", "missing", "leaf 3"),
    ("ledger_leaves", "transfer_id = 9000"): ("index = 3", "missing", "leaf 3"),
    ("ledger_leaves", "hash"): ("index = 3", "altered", "leaf 3"),
    ("ledger_heads", "size = 12"): ("size = 11", "root", "head 12"),
    ("ledger_heads", "root"): ("size = 11", "root", "head 11"),
    ("ledger_heads", "note"): ("size = 11", "signature", "head 11"),
    ("ledger_keys", "vkey"): ("retired_at IS NOT NULL", "unknown_key", "head 5"),
    ("ledger_periods", "programme_id = 2"): ("size = 15", "seal", "period 2025-10 (programme 2)"),
    ("ledger_periods", "month = '2025-09-01'"): ("size = 15", "seal", SEPTEMBER),
    ("ledger_periods", "size"): ("size = 15", "seal", OCTOBER),
    ("ledger_periods", "root"): ("size = 15", "seal", OCTOBER),
    ("ledger_periods", "trial_root"): ("size = 15", "trial_balance", OCTOBER),
    ("ledger_periods", "previous"): ("size = 273", "seal", NOVEMBER),
    ("ledger_periods", "seal"): ("size = 15", "seal", OCTOBER),
    ("ledger_periods", "note"): ("size = 15", "signature", OCTOBER),
}  # fmt: skip

# Columns of which the log says nothing, and why nobody gains by changing them.
UNSEEN = {
    ("ledger_accounts", "opened_at"): "says when a row was made; nothing is reckoned from it",
    ("ledger_accounts", "closed_at"): "only forbids: what was posted is in the log all the same",
    ("ledger_accounts", "place_id"): "says who reads it; nothing is reckoned from it",
    ("ledger_books", "programme_id"): "only forbids: what was backdated is found by itself",
    ("ledger_books", "closed_through"): "the same",
    ("ledger_heads", "sealed_at"): "the signature says which log, not when",
    ("ledger_holds", "programme_id"): "a copy of the transfer's own, to find holds by",
    ("ledger_keys", "since_size"): "the signed heads themselves say it",
    ("ledger_keys", "added_at"): "the same",
    ("ledger_keys", "retired_at"): "the same",
    ("ledger_nodes", "level"): "made from the leaves; nothing is signed over a wrong one",
    ("ledger_nodes", "index"): "the same",
    ("ledger_nodes", "hash"): "the same",
    ("ledger_periods", "state"): "a month without a seal is not sealed",
    ("ledger_periods", "closing_at"): "the seal says what, not when and by whom",
    ("ledger_transfers", "xid"): "not read by anything",
} | dict.fromkeys([("ledger_periods", "closed_by"), ("ledger_periods", "sealed_at")], "the same")

GONE = [
    "DELETE FROM ledger_lot_moves WHERE transfer_id = {0}",
    "DELETE FROM ledger_entries WHERE transfer_id = {0}",
    "DELETE FROM ledger_transfers WHERE id = {0}",
]
UNLOGGED = "DELETE FROM ledger_leaves WHERE transfer_id = {0}"
UNQUEUED = "DELETE FROM ledger_unsealed WHERE transfer_id = {0}"
# Undoes what a transfer did to its accounts, as a careful forger would.
UNDONE = [
    "UPDATE ledger_accounts a SET posted = a.posted - e.amount, entries = a.entries - 1,"
    " debt = greatest(0, floor - (a.posted - e.amount - held_out)) FROM ledger_entries e"
    " WHERE e.account_id = a.id AND e.transfer_id = {0}"
    " AND (a.tracked OR e.transfer_id IN (SELECT transfer_id FROM ledger_leaves))",
    "UPDATE ledger_lots l SET amount = l.amount - m.amount FROM ledger_lot_moves m"
    " WHERE (m.account_id, m.expires_on) = (l.account_id, l.expires_on) AND m.transfer_id = {0}",
]
# Makes the leaf fit what stands there now, as a forger would who knows how it is made.
RELEAFED = (
    "UPDATE ledger_leaves SET hash = ledger_leaf(ledger_fields(transfer_id)) WHERE index = {}"
)
REQUEUED = "UPDATE ledger_unsealed SET leaf = ledger_leaf(ledger_fields(transfer_id))"
AWARD = """SELECT ledger_post(1, 'forged', '\\x01', 'award', '{{issued,volunteer:A}}',
'{{PTS,PTS}}', '{{-{0},{0}}}', 'staff:1', 'document:1', '{1}', '{1}', '{1}',
'2027-10-31', false, NULL, '{{}}')"""
REVERSE = """SELECT ledger_reverse(1, 'forged', '\\x01', 'reverse', {}, 'staff:1', 'document:1',
'2025-12-01', '2025-12-01', '2025-12-01', '2027-10-31', '{{}}')"""
RELEASE = """SELECT ledger_release(1, 'forged', '\\x01', {}, false, 'staff:1', 'document:1',
'2025-12-01', '2025-12-01', '2025-12-01', '{{}}')"""
CAPTURE = """SELECT ledger_capture(1, 'forged', '\\x01', 'redeem', {0}, NULL, NULL, NULL, 'staff:1',
'document:1', '{1}', '{1}', '2025-12-01', '2027-10-31', '{{}}')"""
SWAP = "UPDATE ledger_leaves l SET {0} = o.{0} FROM ledger_leaves o WHERE {1}"
NEIGHBOURS = "l.index IN (2, 3) AND o.index = 5 - l.index"
LAST = range(275, 278)  # one in the log, two that wait
STRANGE = sign_note("a head\n", [STRANGER])


def gone(*transfers: int) -> list[str]:
    return [change.format(number) for number in transfers for change in GONE]


def undone(*transfers: int) -> list[str]:
    return [change.format(number) for number in transfers for change in [*UNDONE, *GONE]]


# What is done, statement by statement, and what is found, at the least.
TAMPERINGS: dict[str, tuple[list[str], Found]] = {
    # -------- deleted
    "a row is deleted": (gone(4), {("missing", "leaf 3"), ("missing", "transfer 10")}),
    "a row is deleted with its leaf": ([*gone(30), UNLOGGED.format(30)], {("missing", "leaf 29")}),
    "entries are deleted": (gone(4)[:2], {("altered", "leaf 3"), ("unbalanced", "transfer 4")}),
    "one entry is deleted": (
        ["DELETE FROM ledger_entries WHERE transfer_id = 4 AND balance = 35"],
        {("altered", "leaf 3"), ("unbalanced", "transfer 4"), ("sequence", A)},
    ),
    "a lot move is deleted": (
        ["DELETE FROM ledger_lot_moves WHERE transfer_id = 11"],
        {("altered", "leaf 10"), ("lots", B)},
    ),
    "a hold's legs are deleted": (
        ["DELETE FROM ledger_hold_legs WHERE transfer_id = 273"],
        {("altered", "leaf 272"), ("unbalanced", "transfer 273"), ("holds", A)},
    ),
    "a leaf is deleted": (
        [UNLOGGED.format(30)],
        {("missing", "leaf 29"), ("missing", "transfer 30")},
    ),
    "a leaf of the queue is deleted": ([UNQUEUED.format(277)], {("missing", "transfer 277")}),
    "what waits is deleted with its place in the queue": (
        [*gone(277), UNQUEUED.format(277)],
        {("balance", B), ("count", B)},
    ),
    "the tail is deleted": (
        [*gone(*LAST), UNLOGGED.format(275), "DELETE FROM ledger_unsealed"],
        {("cut_tail", "leaf 274"), ("balance", A)},
    ),
    "the tail is deleted, and all accounts fit": (
        [*undone(277, 276, 275), UNLOGGED.format(275), "DELETE FROM ledger_unsealed"],
        {("cut_tail", "leaf 274")},
    ),
    "an account is deleted": (
        ["DELETE FROM ledger_accounts WHERE address = 'redeemed:S01'"],
        {("altered", "leaf 3"), ("unbalanced", "transfer 4")},
    ),
    "an open hold is deleted": (["DELETE FROM ledger_holds"], {("holds", "transfer 273")}),
    "a lot is deleted": (
        ["DELETE FROM ledger_lots WHERE account_id = 1 AND amount > 0"],
        {("lots", A)},
    ),
    "the last head is deleted": (
        ["DELETE FROM ledger_heads WHERE size = 275"],
        {("count", "leaf 273")},
    ),
    "the head that vouched for the new key is deleted": (
        ["DELETE FROM ledger_heads WHERE size = 16"],
        {("unknown_key", "head 273"), ("unknown_key", NOVEMBER)},
    ),
    "a seal is deleted": (["DELETE FROM ledger_periods WHERE size = 15"], {("seal", NOVEMBER)}),
    "the old key is deleted": (
        ["DELETE FROM ledger_keys WHERE retired_at IS NOT NULL"],
        {("unknown_key", "head 5"), ("unknown_key", OCTOBER)},
    ),
    "a key is made unreadable": (
        ["UPDATE ledger_keys SET vkey = 'x' WHERE retired_at IS NOT NULL"],
        {("bad_line", "line 2"), ("unknown_key", "head 5")},
    ),
    # -------- swapped, renumbered
    "two leaves change places": (
        [SWAP.format("index", NEIGHBOURS)],
        {("swapped", "leaf 2"), ("swapped", "leaf 3")},
    ),
    "two leaves change hashes": (
        [SWAP.format("hash", NEIGHBOURS)],
        {("swapped", "leaf 2"), ("swapped", "leaf 3")},
    ),
    "two leaves change transfers": (
        [SWAP.format("transfer_id", NEIGHBOURS)],
        {("swapped", "leaf 2"), ("swapped", "leaf 3")},
    ),
    "two distant leaves change places": (
        [SWAP.format("index", "l.index IN (30, 200) AND o.index = 230 - l.index")],
        {("swapped", "leaf 30"), ("swapped", "leaf 200")},
    ),
    "two transfers change their contents": (
        [
            "UPDATE ledger_transfers t SET (key, memo, source) = (o.key, o.memo, o.source)"
            " FROM ledger_transfers o WHERE t.id IN (30, 40) AND o.id = 70 - t.id"
        ],
        {("altered", "leaf 29"), ("altered", "leaf 39")},
    ),
    "two entries change balances": (
        [
            "UPDATE ledger_entries e SET balance = o.balance FROM ledger_entries o"
            " WHERE e.account_id = 1 AND o.account_id = 1 AND e.seq IN (2, 3) AND o.seq = 5 - e.seq"
        ],
        {("balance", A), ("altered", "leaf 1"), ("altered", "leaf 3")},
    ),
    "a leaf is renumbered": (
        ["UPDATE ledger_leaves SET index = 280 WHERE index = 274"],
        {("renumbered", "leaf 280")},
    ),
    "the leaves from one on are renumbered": (
        ["UPDATE ledger_leaves SET index = index + 1 WHERE index >= 260"],
        {("renumbered", "leaves 261 to 273")},
    ),
    "a transfer is renumbered everywhere": (
        [
            "UPDATE ledger_transfers SET id = 9000 WHERE id = 30",
            "UPDATE ledger_entries SET transfer_id = 9000 WHERE transfer_id = 30",
            "UPDATE ledger_lot_moves SET transfer_id = 9000 WHERE transfer_id = 30",
            "UPDATE ledger_leaves SET transfer_id = 9000 WHERE transfer_id = 30",
        ],
        {("altered", "leaf 29")},
    ),
    # -------- rewritten by somebody who knows how
    "an amount is changed, and its leaf": (
        ["UPDATE ledger_transfers SET memo = '{\"forged\": 1}' WHERE id = 30", RELEAFED.format(29)],
        {("root", "head 273")},
    ),
    "a transfer of the tail is changed, and its leaf": (
        ["UPDATE ledger_transfers SET actor = 'staff:2' WHERE id = 275", RELEAFED.format(274)],
        {("root", "head 275")},
    ),
    "a head is signed by a stranger": (
        [f"UPDATE ledger_heads SET note = '{STRANGE}' WHERE size = 275"],
        {("unknown_key", "head 275")},
    ),
    # -------- figures
    "a wallet is filled": (
        ["UPDATE ledger_accounts SET posted = posted + 100 WHERE id = 1"],
        {("balance", A)},
    ),
    "a wallet is filled with its lot": (
        [
            "UPDATE ledger_accounts SET posted = posted + 100 WHERE id = 1",
            "UPDATE ledger_lots SET amount = amount + 100 WHERE account_id = 1 AND amount > 0",
        ],
        {("balance", A), ("lots", A)},
    ),
    "a sink is emptied": (
        ["UPDATE ledger_accounts SET posted = posted - 1 WHERE address = 'redeemed:S01'"],
        {("balance", "account redeemed:S01 PTS (programme 1)")},
    ),
    "a debt is forgiven": (
        [
            "UPDATE ledger_accounts SET debt = 0 WHERE id = 2",
        ],
        {("floor", B)},
    ),
    "a floor is lowered under a debt": (
        ["UPDATE ledger_accounts SET floor = -1000 WHERE id = 2"],
        {("floor", B)},
    ),
    "points are given another day to expire": (
        ["UPDATE ledger_lots SET expires_on = '2099-01-31' WHERE account_id = 1 AND amount > 0"],
        {("lots", A)},
    ),
    "a lot is added": (
        ["INSERT INTO ledger_lots VALUES (1, '2099-01-31', 5)"],
        {("lots", A)},
    ),
    "a hold is forged": (
        ["INSERT INTO ledger_holds VALUES (4, 1, '2026-01-01')"],
        {("holds", "transfer 4")},
    ),
    "a hold is made longer": (
        [
            "UPDATE ledger_transfers SET expires_at = '2026-01-01' WHERE id = 273",
            "UPDATE ledger_holds SET expires_at = '2026-01-01'",
        ],
        {("altered", "leaf 272")},
    ),
    "what is held is set free": (
        ["UPDATE ledger_accounts SET held_out = 0 WHERE id = 1"],
        {("holds", A)},
    ),
    "a hold that is over is captured": (
        [
            CAPTURE.format(273, "2025-11-01"),
            "UPDATE ledger_transfers SET recorded_at = '2025-12-05' WHERE pending_id = 273",
            REQUEUED,
        ],
        {("holds", "transfer 278")},
    ),
    # -------- posted beside the rules
    "a transfer is backdated into a sealed month": (
        ["UPDATE ledger_books SET closed_through = '2025-09-30'", AWARD.format(5, "2025-10-20")],
        {("backdated", "transfer 278")},
    ),
    "a transfer that waits is moved into a sealed month": (
        ["UPDATE ledger_transfers SET effective_on = '2025-11-30' WHERE id = 276", REQUEUED],
        {("backdated", "transfer 276")},
    ),
    "a transfer does not balance": (
        ["UPDATE ledger_entries SET amount = -9 WHERE transfer_id = 277 AND amount < 0", REQUEUED],
        {("unbalanced", "transfer 277")},
    ),
    "a transfer has one leg": (
        ["DELETE FROM ledger_entries WHERE transfer_id = 277 AND amount < 0", REQUEUED],
        {("unbalanced", "transfer 277")},
    ),
    "a transfer is in the log twice": (
        [
            "INSERT INTO ledger_leaves SELECT 275, transfer_id, hash FROM ledger_leaves"
            " WHERE index = 274"
        ],
        {("twice", "transfer 275"), ("count", "leaf 275")},
    ),
    "a transfer waits that is in the log": (
        ["INSERT INTO ledger_unsealed SELECT 275, hash FROM ledger_leaves WHERE index = 274"],
        {("twice", "transfer 275")},
    ),
    "a transfer is reversed twice": (
        [REVERSE.format(4)],
        {("twice", "transfer 278")},
    ),
    "a reversal is reversed": (
        [
            "UPDATE ledger_transfers SET kind = 'award' WHERE id = 10",
            REVERSE.format(10),
            "UPDATE ledger_transfers SET kind = 'reverse' WHERE id = 10",
        ],
        {("twice", "transfer 278")},
    ),
    "a reversal is not the mirror image": (
        [REVERSE.format(1), "UPDATE ledger_transfers SET reverses_id = 2 WHERE id = 278", REQUEUED],
        {("unbalanced", "transfer 278")},
    ),
    "a hold is resolved twice": (
        [
            "INSERT INTO ledger_holds VALUES (6, 1, '2026-01-01')",
            "UPDATE ledger_accounts SET held_out = held_out + 1000, held_in = held_in + 1000"
            " WHERE id IN (1, 7)",
            RELEASE.format(6),
        ],
        {("twice", "transfer 278")},
    ),
}
# What no database with its rules would take: the forger takes the rules away first.
LAWLESS = """ALTER TABLE ledger_leaves DROP CONSTRAINT pk_ledger_leaves,
DROP CONSTRAINT uq_ledger_leaves_transfer_id, DROP CONSTRAINT ck_ledger_leaves_index;
ALTER TABLE ledger_transfers DROP CONSTRAINT uq_ledger_transfers_programme_id_key;
ALTER TABLE ledger_transfers ALTER id DROP IDENTITY, ALTER id SET DEFAULT 278;
DROP INDEX uq_ledger_transfers_reverses_id, uq_ledger_transfers_pending_id;
ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_covered"""
