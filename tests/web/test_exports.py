"""Every route that sends a table: no text that somebody typed is a formula in it.

Generated: the routes are the application's, those that send a table are found by what they answer,
and the payload is put into every column of the database that holds free text.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from service import ledger
from service.config import Settings
from service.db import Database
from service.packs import Press as PackPress
from service.settlement import Press
from tests.reports.conftest import Town, town
from tests.web.neighbours import borrowed, crawl, doors
from tests.web.test_readers import OWN, live

__all__ = ["town"]
BEGINS = ("=", "+", "-", "@", "\t", "\r")
MARK = "1cmd|A1 "
# Free text by the name of its column; what the rules read again (codes, states) is not touched.
FREE = [
    "title", "name", "place", "content", "reason", "note", "memo", "words", "body", "answer",
    "text", "description", "refusal", "remark", "question", "told", "comment", "risk", "insurance",
]  # fmt: skip
COLUMNS = """SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
  AND c.is_generated = 'NEVER' AND c.column_name = ANY (%s)"""
POISON = """UPDATE {schema}.{table} SET {column} = (ARRAY['=', '+', '-', '@', E'\\t', E'\\r'])
  [1 + abs(hashtext(ctid::text)) %% 6] || %s || left({column}, 30) WHERE {column} IS NOT NULL"""
REFUSED = {401, 403, 404}
READERS = ("U-SEC", "U-CH", "U-ADM", "U-STR", "FM0001")
TABLES = ("csv", "spreadsheetml", "tab-separated", "zip")
FORM = {"upto": "2025-11-30", "month": "2025-10", "first": "2025-10-01", "last": "2025-10-31"}
# Tables that are no spreadsheet's, and why a text stands in them as it is.
EXACT = {
    # The bytes that a shop sent: evidence, whose digest would no longer fit. Octets, to be saved.
    "/desk/files/<int:file_id>/original",
    # The ledger for `aixin ledger verify`: each line is hashed as it stands.
    "/ledger/integrity/export",
}
# Found by asking; a table that is missing here is one more that must be looked at.
SENDING = {
    "/desk/records.csv", "/desk/records.xlsx", "/desk/trail.csv", "/desk/packs/<int:pack_id>.zip",
    "/desk/statements/<number>/files/<kind>", "/desk/reports/<kind>/<code>/file.<form>",
    "/me/statement/file.<form>",
}  # fmt: skip


@pytest.fixture
def month(town: Town, database: Database, settings: Settings, admin: psycopg.Connection) -> Town:
    """富民 whose October is over, all that was typed a formula, its files made by the workers."""
    live(town, database, settings)
    poisoned = poison(admin)
    assert {"activities.title", "shops.name", "shops_goods.name", "people_units.name"} <= poisoned
    signers = list(settings.signers)
    town.clock.set(town.clock.now().replace(month=11, day=1, hour=1))
    town.tokens.clear()
    sealing = {"signers": signers, "origin": settings.origin, "now": town.clock.now()}
    while database.atomic(partial(ledger.seal, **sealing)):
        pass
    town.call(
        "U-CH", "POST", "/api/v1/settlement/statements", json={"month": "2025-10", "shop": "S01"}
    )
    pack = {"key": "P-1", "first": "2025-10-01", "last": "2025-10-31", "community": "FM"}
    town.call("U-SEC", "POST", "/api/v1/packs", json=pack)
    folder, now = settings.files_folder, town.clock.now
    quiet = lambda done, total: None  # noqa: E731 - nobody waits for it
    assert Press(database, folder, settings.public_url, now, quiet).work_off() == 1
    assert PackPress(database, settings.database_url, folder, now, quiet).work_off() is not None
    return town


def poison(admin: psycopg.Connection) -> set[str]:
    """Put a formula into all free text that the database lets in; return where."""
    done = set()
    for schema, table, column in admin.execute(COLUMNS, [FREE]).fetchall():
        names = {"schema": schema, "table": table, "column": column}
        try:
            with admin.transaction():
                admin.execute(POISON.format(**names).encode(), [MARK])
        except psycopg.errors.IntegrityError:
            continue  # one of a few words, or a thing's own code
        done.add(f"{table}.{column}")
    return done


def asked(town: Town, app: Flask) -> Iterator[tuple[str, TestResponse]]:
    """Ask every route by GET and POST, as everybody who may export something."""
    known = crawl(town.client, app, town)
    # Reading first: what is sent afterwards ends sessions, too.
    for method, rule in sorted(doors(app, "GET", "POST"), key=lambda one: one[0]):
        if rule.endpoint in OWN:
            continue
        paths = [borrowed(app, rule), *known.get(f"{method} {rule.endpoint}", [])]
        for path in [*paths, *(more for one in paths for more in others(rule.rule, one))]:
            for who in READERS:
                given = {"data": FORM} if method == "POST" else {}
                headers = town.headers(who)
                answer = town.client.open(
                    path, method=method, headers=headers, buffered=True, **given
                )
                yield rule.rule, answer
                if answer.status_code not in REFUSED:
                    break  # what one of them is sent, the others would be sent too


def others(rule: str, path: str) -> Iterator[str]:
    """Yield the same address for each kind of file that a route offers."""
    if rule.endswith("files/<kind>"):
        yield from (f"{path.rpartition('/')[0]}/{kind}" for kind in ("csv", "xlsx"))
    if rule.endswith("/file.<form>"):
        begin, _, asked_for = path.partition("/file.")
        yield from (f"{begin}/file.{kind}?month=2025-10" for kind in ("csv", "xlsx"))
        assert asked_for
    for words in re.findall(r"any\(([^)]*)\)", rule):
        kinds = [one.strip() for one in words.split(",")]
        for old in (one for one in kinds if path.partition("?")[0].endswith(one)):
            yield from (path.replace(f".{old}", f".{kind}") for kind in kinds)


def test_no_table_that_any_route_sends_holds_a_formula(
    month: Town, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    sent: dict[str, int] = {}
    wrong = set()
    for rule, answer in asked(month, app):
        if answer.status_code != 200 or not any(one in answer.content_type for one in TABLES):
            continue
        sent[rule] = sent.get(rule, 0) + answer.data.count(MARK.encode())
        if rule not in EXACT:
            wrong |= {f"{rule}: {one[:80]}" for one in formulas(answer.data)}
    assert not wrong, json.dumps(sorted(wrong), indent=1, ensure_ascii=False)
    assert set(sent) >= SENDING, sorted(sent)
    assert sum(map(bool, sent.values())) >= 2, sent


def test_taking_a_file_away_writes_nothing_but_a_line_of_the_trail(
    month: Town, admin: psycopg.Connection
) -> None:
    counted = "SELECT (SELECT count(*) FROM outbox_events), (SELECT count(*) FROM trail_records)"
    (number,) = admin.execute("SELECT number FROM settlement_statements").fetchone() or ("",)
    (pack,) = admin.execute("SELECT id FROM packs").fetchone() or (0,)
    month.headers("U-SEC")
    told, seen = admin.execute(counted).fetchone() or (0, 0)
    for path in (f"/desk/packs/{pack}.zip", f"/desk/statements/{number}/files/csv"):
        answer = month.client.get(path, headers=month.headers("U-SEC"), buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert admin.execute(counted).fetchone() == (told, seen + 1)


def formulas(data: bytes) -> list[str]:
    """Return what a spreadsheet would calculate in a file, or in what is in it."""
    if data[:2] != b"PK":
        text = data.decode("utf-8-sig")
        split = "\t" if "\t" in text.partition("\n")[0] else ","
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=split)
        return [cell for row in rows for cell in row if calculates(cell)]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if "xl/workbook.xml" in parts.namelist():
            book = load_workbook(io.BytesIO(data))
            every = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
            return [str(cell.value) for cell in every if cell.data_type == "f" or cell.hyperlink]
        inside = [name for name in parts.namelist() if name.endswith((".csv", ".xlsx", ".tsv"))]
        return [f"{name}: {one}" for name in inside for one in formulas(parts.read(name))]


def calculates(cell: str) -> bool:
    """Tell whether a cell of a CSV is a formula; a number is none, nor is one behind a tab."""
    return cell.startswith(BEGINS) and not re.fullmatch(r"-\d+(\.\d+)?|\t[\w.:-]+", cell)
