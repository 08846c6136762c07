"""The database hashes a record to the very leaf that a stranger's program finds."""

import psycopg
import pytest

from tests.proof.vectors import VECTORS

LEAF = "SELECT encode(ledger_leaf(%s::text[]), 'hex')"


@pytest.mark.parametrize("encoding", ["UTF8", "GB18030"])
def test_the_database_makes_the_same_leaves(admin: psycopg.Connection, encoding: str) -> None:
    admin.execute(f"SET client_encoding TO '{encoding}'".encode())
    try:
        for fields, leaf in VECTORS.values():
            row = admin.execute(LEAF, [fields]).fetchone()
            assert row == (leaf,)
    finally:
        admin.execute("SET client_encoding TO 'UTF8'")
