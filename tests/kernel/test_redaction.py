"""What a log never says: real records, real tracebacks, a line of an access log."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.db import Database
from service.passes.rules import new_cid, new_number
from service.people.tokens import new_token
from service.redaction import cleaned, redact
from tests.conftest import ROOT

NAME, PHONE, ID = "王秀英", "13812345678", "11010519491231002X"
ENTRIES = ("service/wsgi.py", "service/cli.py", "workers/main.py", "workers/relay.py",
           "workers/cron.py", "workers/live.py")  # fmt: skip


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What the whole process writes to its log meanwhile."""
    before, stream = logging.getLogRecordFactory(), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    logging.setLogRecordFactory(cleaned(before))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    logging.setLogRecordFactory(before)
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_log_line_repeats_a_token_a_code_or_a_person(said: io.StringIO) -> None:
    log, token, cid, number = logging.getLogger("aixin.x"), new_token(), new_cid(), new_number()
    secrets = (token, cid, NAME, PHONE, ID, "4711", "0815")
    log.warning("GET /c/%s 200", cid)
    log.warning("unknown code %s", cid)
    log.warning("typed %s-%s", number[:4], number[4:])
    log.info("Cookie: aixin_session=%s; lang=zh", token)
    log.info("Authorization: Bearer %s", token)
    log.info("token d.%s is over", token)
    log.error("sign-in refused: %s", {"booklet": "FM0001", "pin": "4711", "name": NAME})
    log.error("pin 0815 wrong, password=%s", "hunter2")
    log.error("called %s at %s, id %s", NAME, PHONE, ID)
    log.debug("GET /desk/volunteers?search=%s&after=FM0001", "%E7%8E%8B")
    log.debug("postgresql+psycopg://aixin_app:hunter2@db/aixin")
    log.warning("/calendar/mine/%s.ics", token)
    told = said.getvalue()
    assert not [one for one in (*secrets, number[:4] + "-", "hunter2", "%E7") if one in told], told
    assert len(told.splitlines()) == 12


def test_what_helps_whoever_reads_a_log_stays() -> None:
    for line in (
        "reconciled 2025-10-18 of community 3: 605 lines, 2 exceptions",
        "POST /api/v1/redemptions 201 in 12 ms",
        "the database is away: connection refused",
        "event 1234567 of volunteer:FM0011 failed the 3rd time",
        "job events-1-250-250 done, status: 200",
        "sealed to size 48120, root 8f14e45fceea167a5a36dedd4bea2543",
    ):
        assert redact(line) == line


def test_a_traceback_hides_the_values_and_keeps_the_place(
    said: io.StringIO, database: Database
) -> None:
    insert = "INSERT INTO people_units (code, name, kind, programme_id) VALUES (:c, :n, 'x', 1)"
    try:
        database.atomic(lambda session: session.execute(text(insert), {"c": "X", "n": NAME}))
    except DBAPIError:
        logging.getLogger("aixin").exception("could not keep %s", NAME)
    told = said.getvalue()
    assert NAME not in told
    assert "test_redaction.py" in told
    assert "DETAIL: [hidden]" in told or "CheckViolation" in told or "Violation" in told


def test_a_page_that_breaks_says_nothing_of_its_reader(
    said: io.StringIO, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = new_cid()

    def broken(**given: str) -> None:
        raise RuntimeError(f"{NAME} {PHONE} {given}")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "landing.card", broken)
    assert app.test_client().get(f"/c/{cid}").status_code == 500
    told = said.getvalue()
    assert "RuntimeError" in told
    assert not [one for one in (cid, NAME, PHONE) if one in told]


def test_what_nobody_caught_is_cleaned_too() -> None:
    script = "from service import redaction\nredaction.install()\nraise ValueError('13812345678')"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ValueError: [hidden]" in done.stderr
    assert PHONE not in done.stderr


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_process_cleans_its_log(entry: str) -> None:
    assert "redaction.install()" in (ROOT / entry).read_text("utf-8")
