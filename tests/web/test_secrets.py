"""Another secret key, and nothing that was handed out before is void at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.cli import main
from service.cli_secrets import value_of
from service.config import Settings
from service.db import Database
from service.live import BadTicket, read_ticket, write_ticket
from service.passes import keyring
from service.passes.onsite import check_digits, check_onsite, onsite_code
from service.passes.queries import key_of, pass_codes
from service.passes.receipts import read_receipt, receipt_tail
from service.passes.serials import certificate_tail, read_certificate
from service.web.app import create_app
from service.web.callers import csrf_token, is_ours
from tests.conftest import NOON

OLD, NEW, LATER = "old-" * 10, "new-" * 10, "later-" * 8
HOST = "https://aixin.example"
BEFORE, AFTER, THIRD = (
    keyring((OLD,), HOST),
    keyring((NEW, OLD), HOST),
    keyring((LATER, NEW, OLD), HOST),
)


@pytest.mark.parametrize("keys", [AFTER, THIRD])
def test_what_was_printed_goes_on_and_new_prints_are_read_too(keys) -> None:
    assert keys.card_hmac("0123456789abcd") == BEFORE.card_hmac("0123456789abcd")
    assert keys.pin_hash("FM0001", "1234") == BEFORE.pin_hash("FM0001", "1234")
    assert read_receipt(keys, receipt_tail(BEFORE, 7)) == 7
    assert read_certificate(keys, certificate_tail(BEFORE, "FM-2025-1")) == "FM-2025-1"


@pytest.mark.parametrize("maker", [BEFORE, AFTER, THIRD])
def test_a_pass_that_was_shown_before_is_read_for_its_minutes(maker) -> None:
    code = pass_codes(maker, "0123456789", at=NOON)[0]
    found = THIRD.read(code.url)
    assert found is not None
    assert key_of(THIRD, found, "pass") == "0123456789"
    onsite = onsite_code(maker, "s", "A1", at=NOON)
    scanned = THIRD.read(onsite.url)
    assert scanned is not None
    assert check_onsite(THIRD, "s", scanned, at=NOON) == "ok"
    assert check_digits(THIRD, "s", "A1", onsite.digits, at=NOON)


def test_new_passes_are_made_by_the_new_key_alone() -> None:
    code = pass_codes(AFTER, "0123456789", at=NOON)[0]
    found = BEFORE.read(code.url)
    assert found is not None
    assert key_of(BEFORE, found, "pass") is None
    assert key_of(keyring(NEW, HOST), found, "pass") == "0123456789"


def test_a_key_that_is_no_longer_named_opens_nothing() -> None:
    found = BEFORE.read(pass_codes(BEFORE, "0123456789", at=NOON)[0].url)
    assert found is not None
    assert key_of(keyring(NEW, HOST), found, "pass") is None
    with pytest.raises(BadTicket):
        read_ticket((NEW,), write_ticket(OLD, ["board"]))
    assert read_ticket((NEW, OLD), write_ticket(OLD, ["board"])) == {"board"}
    assert read_ticket((NEW, OLD), write_ticket(NEW, ["board"])) == {"board"}


def test_a_page_that_was_open_may_still_be_sent(settings: Settings, database: Database) -> None:
    def app(**secrets):
        return create_app(replace(settings, **secrets), database=database)

    cookie = {"headers": {"Cookie": "aixin_session=t"}}
    with app(secret_key=OLD).test_request_context("/", **cookie):
        token = csrf_token()
    with app(secret_key=NEW, secret_key_old=(OLD,)).test_request_context("/", **cookie):
        assert is_ours(token)
        assert is_ours(csrf_token())
        assert csrf_token() != token
        assert not is_ours("")
    with app(secret_key=NEW).test_request_context("/", **cookie):
        assert not is_ours(token)


def test_the_command_changes_the_file_and_tells_no_secret(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(Settings, "from_env", classmethod(lambda cls, environ: settings))
    file = tmp_path / "env"
    file.write_text(f"AIXIN_ENV=production\nSECRET_KEY={OLD}\nPUBLIC_URL={HOST}\n")
    for known in ([OLD], None):
        before = value_of(file.read_text(), "SECRET_KEY")
        old = value_of(file.read_text(), "SECRET_KEY_OLD").split()
        assert main(["keys", "rotate-secret", str(file), "--yes"]) == 0
        text = file.read_text()
        assert value_of(text, "SECRET_KEY") not in {OLD, before}
        assert value_of(text, "SECRET_KEY_OLD").split() == (known or [before, *old])
        assert value_of(text, "PUBLIC_URL") == HOST
        said = capsys.readouterr().out
        assert before not in said
        assert value_of(text, "SECRET_KEY") not in said
    assert file.stat().st_mode & 0o077 == 0
    rows = database.rows("SELECT actor, detail::text AS said FROM trail_records")
    assert [row["actor"] for row in rows] == ["operator", "operator"]
    assert not any(OLD in row["said"] for row in rows)
    file.write_text("AIXIN_ENV=production\n")
    assert main(["keys", "rotate-secret", str(file), "--yes"]) == 1
