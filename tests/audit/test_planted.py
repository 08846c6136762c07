"""A small year with fraud of every kind: each rule names whom it should, and nobody else."""

import random
from datetime import date

from deploy import embedded
from service.audit import Period, look
from service.config import Settings
from service.db import Database
from tests.bench import audit, audit_fraud, audit_year
from tests.bench.audit_plants import Garden
from tests.conftest import Servers

YEAR = audit_year.Year(600)
# What is planted must be in the books as if it had been posted.
UNBALANCED = """SELECT transfer_id FROM ledger_entries e
JOIN ledger_accounts a ON a.id = e.account_id
GROUP BY transfer_id, a.unit HAVING sum(e.amount) <> 0"""
WRONG_WALLETS = """SELECT address FROM ledger_accounts a WHERE a.tracked AND a.posted <> (
  SELECT coalesce(sum(amount), 0) FROM ledger_entries e WHERE e.account_id = a.id)"""


HALF = Period(1, date(2025, 7, 1), date(2025, 12, 18))
# One more than there should be, of a good that is fetched in every month.
MISPLACED = """UPDATE shops_goods SET stock = stock + 1 WHERE id = (
  SELECT good_id FROM redemptions GROUP BY good_id
  ORDER BY count(DISTINCT date_trunc('month', business_day)) DESC, good_id LIMIT 1)"""
SHELF = "stock_does_not_foot"


def found(database: Database) -> set[tuple[str, str]]:
    """Which rule found which thing."""
    rows = database.rows("SELECT rule, key FROM audit_findings")
    return {(row["rule"], row["key"]) for row in rows}


def test_every_rule_names_whom_it_should_and_nobody_else(
    servers: Servers, database: Database, settings: Settings
) -> None:
    wanted = audit.prepare(servers.postgres, database, YEAR, 2, settings.signers)
    _, scores = audit.judge(servers.postgres, database, wanted)
    assert {one.rule: one.wanted for one in scores} == {one.rule: one.found for one in scores}
    assert all(one.wanted for one in scores)
    before = found(database)
    with servers.postgres.connect(embedded.DATABASE) as connection:
        connection.execute(MISPLACED)
    look(database, HALF, now=audit.NOW)
    assert before <= found(database)
    shelves = {key for rule, key in found(database) - before if rule == SHELF}
    assert len(shelves) == 1  # once, though it is seen in each of six months
    assert database.rows(UNBALANCED) == []
    assert database.rows(WRONG_WALLETS) == []


def test_a_plant_has_a_boundary_on_both_sides() -> None:
    garden = Garden(YEAR, random.Random(1))
    named = audit_fraud.plant(garden, 1)
    assert {rule for rule, _ in named} == {kind.rule for kind in audit_fraud.KINDS}
    assert all(kind.honest for kind in audit_fraud.KINDS if kind.rule != "points_beyond_pledges")
