"""A sealer for tests: keys of its own, and the log as a reader of the tables sees it."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from service import ledger
from service.db import Database
from service.proof import SigningKey, TreeHead, VerifyKey
from tests.ledger.conftest import NOW, PROGRAMME

ORIGIN = "aixin.example/ledger"
KEY = SigningKey(ORIGIN, bytes(range(32)))
NEXT_KEY = SigningKey(ORIGIN, bytes(range(1, 33)))
STRANGER = SigningKey(ORIGIN, bytes(range(2, 34)))


class Sealer:
    """Seals a test's books; each call is a transaction of its own."""

    def __init__(self, database: Database, signers: Sequence[SigningKey] = (KEY,)) -> None:
        self.database, self.signers = database, signers

    def batch(self, limit: int = 1000) -> ledger.Head | None:
        asked = {"signers": self.signers, "origin": ORIGIN, "now": NOW, "limit": limit}
        return self.database.atomic(partial(ledger.seal, **asked))

    def all(self, limit: int = 1000) -> list[ledger.Head]:
        heads = []
        while head := self.batch(limit):
            heads.append(head)
        return heads

    def period(self, month: date) -> ledger.Period:
        asked = {"programme_id": PROGRAMME, "month": month, "now": NOW}
        given = {**asked, "signers": self.signers, "origin": ORIGIN}
        return self.database.atomic(partial(ledger.seal_period, **given))

    def leaves(self) -> list[bytes]:
        rows = self.database.rows("SELECT index, hash FROM ledger_leaves ORDER BY index")
        assert [row["index"] for row in rows] == list(range(len(rows))), "the log is dense"
        return [row["hash"] for row in rows]

    def transfers(self) -> list[int]:
        rows = self.database.rows("SELECT transfer_id FROM ledger_leaves ORDER BY index")
        return [row["transfer_id"] for row in rows]

    def receipt(self, transfer_id: int) -> ledger.Receipt:
        return self.database.atomic(partial(ledger.receipt, transfer_id=transfer_id))


def head_of(head: ledger.Head) -> TreeHead:
    return TreeHead(head.size, head.root)


def public(*keys: SigningKey) -> list[VerifyKey]:
    return [key.verify_key for key in keys]
