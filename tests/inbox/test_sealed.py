"""Addresses in sealed form: the database alone tells nobody's."""

import pytest

from service import resealing
from service.db import Database
from service.sealing import KeyMissing, Sealer, SealingKey
from tests.inbox.conftest import MINE, POINTS, Bench


def test_the_database_alone_tells_nobody_s_address(bench: Bench) -> None:
    bench.join("V0001")
    stored = "SELECT address FROM identity.inbox_addresses"
    first = bench.town.one(stored)
    assert first.startswith("sealed:")
    assert MINE not in first
    database = bench.town.database
    keys = (SealingKey.generate(), *database.sealer.keys)
    both = Database(database.url, pool_max=1, sealer=Sealer(keys))
    resealing.rotate(both, told=lambda *_: None)
    assert bench.town.one(stored).startswith(f"sealed:{keys[0].key_id.hex()}:")
    assert both.atomic(resealing.key_ids)[keys[0].key_id.hex()] >= 1
    both.close()
    bench.tell(POINTS, "V0001")
    with pytest.raises(KeyMissing, match=keys[0].key_id.hex()):
        bench.post()


def test_what_an_earlier_release_left_in_plain_is_read_and_sealed(bench: Bench) -> None:
    bench.join("V0001")
    database = bench.town.database
    database.rows("UPDATE identity.inbox_addresses SET address = %(a)s RETURNING id", {"a": MINE})
    bench.tell(POINTS, "V0001")
    bench.post()
    assert bench.mailbox.mails.pop()["To"] == MINE
    assert resealing.rotate(database, told=lambda *_: None) >= 1
    assert bench.town.one("SELECT address FROM identity.inbox_addresses").startswith("sealed:")
