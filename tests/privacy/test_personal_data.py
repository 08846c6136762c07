"""deploy/security/personal-data.md: what is kept of people, and how long; no table is missing."""

import re
from pathlib import Path

import psycopg
import pytest

from service import privacy
from tests.activities.town import Town

PAPER = Path(__file__).parents[2] / "deploy" / "security" / "personal-data.md"
LINE = re.compile(
    r"^\| (?P<table>[a-z_.]+) \| (?P<whose>[^|]+) \| (?P<kept>[^|]+) \|$", re.MULTILINE
)
TABLES = """SELECT CASE schemaname WHEN 'public' THEN tablename
  ELSE schemaname || '.' || tablename END FROM pg_tables
WHERE schemaname IN ('public', 'identity')"""
OF_PEOPLE = """SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confrelid = 'people_volunteers'::regclass"""


def lines() -> list[re.Match[str]]:
    found = LINE.finditer(PAPER.read_text("utf-8"))
    return [one for one in found if one["table"] != "table"]


def test_every_table_stands_in_the_paper_once(town: Town, admin: psycopg.Connection) -> None:
    named = [one["table"] for one in lines()]
    assert len(named) == len(set(named))
    there = {name for (name,) in admin.execute(TABLES).fetchall()}
    assert there - set(named) == set(), "write a line for each in deploy/security/personal-data.md"
    assert set(named) - there == set(), "these are no tables"


def test_every_table_has_a_period_or_a_reason(town: Town, admin: psycopg.Connection) -> None:
    known = {one.name for one in privacy.periods()}
    named: set[str] = set()
    for one in lines():
        periods = set(re.findall(r"`([a-z_]+)`", one["kept"]))
        assert periods <= known, one["table"]
        assert periods or len(one["kept"].split()) > 2, one["table"]
        named |= periods
    assert named == known, "periods of no table"
    persons = {name for (name,) in admin.execute(OF_PEOPLE).fetchall()}
    persons |= {place for (place,) in admin.execute("SELECT place FROM privacy_words()").fetchall()}
    nobody = {one["table"] for one in lines() if "no personal data" in one["kept"]}
    assert persons & nobody == {"programmes"}  # why it was locked, an operator's words


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_period_names_its_ground_and_where_its_days_come_from(locale: str) -> None:
    for one in privacy.periods():
        said = one.said(locale)
        assert said.ground
        assert re.search(r"rule|law notes|our reading|规则|法律要点|本系统的理解", said.source), (
            one.name
        )
