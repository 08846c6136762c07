"""The operator's `aixin outbox`, as a process would run it."""

import json
from collections.abc import Callable

import pytest
from sqlmodel import Session

from service import cli, outbox
from service.config import Settings
from service.db import Database
from tests.conftest import NOON
from tests.outbox.samples import sample

Said = Callable[..., str]


@pytest.fixture
def say(
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Said:
    """Run a command on a database with two events set aside; return what it printed."""
    given = {
        "AIXIN_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "AIXIN_LOCALE": "en",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    database.atomic(set_aside)

    def run(*words: str, status: int = 0) -> str:
        assert cli.main(["outbox", *words]) == status
        said = capsys.readouterr()
        return said.err if status else said.out

    return run


def set_aside(session: Session) -> None:
    for subject in ("shop:A", "shop:B"):
        said = sample("ShopAdmitted")
        event = outbox.publish(session, "ShopAdmitted", subject, said, now=NOON)
        session.flush()
        outbox.fail(session, event, consumer="stars", error="KeyError: x", now=NOON, wait=False)


def test_what_was_set_aside_is_listed_and_shown(say: Said) -> None:
    lines = say("list").splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert "KeyError: x" in lines[0]
    told = [json.loads(line) for line in say("list", "--json", "--before", "2").splitlines()]
    assert [(one["id"], one["subject"], one["type"]) for one in told] == [
        (1, "shop:A", "ShopAdmitted")
    ]
    assert json.loads(say("show", "1"))["event"]["payload"] == {"shop": "x"}
    assert say("list", "--status", "done") == ""


def test_one_or_all_are_tried_again(say: Said, database: Database) -> None:
    assert say("retry", "1") == "1 to be tried again\n"
    assert say("retry", "--all") == "1 to be tried again\n"
    rows = database.rows("SELECT status, decided_by FROM outbox_failures")
    assert rows == [{"status": "retrying", "decided_by": "operator"}] * 2
    assert "by its number" in say("retry", status=1)


def test_leaving_out_needs_a_reason_and_keeps_it(say: Said, database: Database) -> None:
    assert say("skip", "2", "--note", " ", status=1).strip() == "Please say why"
    for _ in range(2):
        assert say("skip", "2", "--note", "never was") == "2: skipped\n"
    row = database.call("SELECT note FROM outbox_failures WHERE id = 2")
    assert row == {"note": "never was"}
    assert "dealt with" in say("retry", "2", status=1)


def test_what_is_not_there_is_said(say: Said) -> None:
    for words in (("show", "9"), ("retry", "9"), ("skip", "9", "--note", "x")):
        assert say(*words, status=1).strip() == "There is no such event here"
