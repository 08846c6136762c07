"""The operator's commands, as a process would run them."""

import json
from io import StringIO
from pathlib import Path

import pytest
from sqlmodel import Session

from service import cli, people
from tests.seed.files import FULL, changed


@pytest.fixture
def environ(settings, monkeypatch):
    values = {
        "AIXIN_ENV": "demo",
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "LEDGER_KEY": settings.ledger_key,
        "IDENTITY_KEY": settings.identity_key,
        "PUBLIC_URL": settings.public_url,
        "AIXIN_LOCALE": "en",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "town.json"
    path.write_text(json.dumps(FULL), "utf-8")
    return path


def test_seeding_says_what_it_loaded_and_again_that_there_is_nothing_to_do(
    environ, database, file, tmp_path, capsys
):
    cards = tmp_path / "cards.csv"
    assert cli.main(["seed", str(file), "--demo", "--cards", str(cards)]) == 0
    assert "3 volunteers" in capsys.readouterr().out
    assert len(cards.read_text("utf-8").splitlines()) == 7
    assert cli.main(["seed", str(file), "--demo"]) == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("locale", "said"), [("en", "ZZ is not defined"), ("zh_Hans", "这个文件里没有 ZZ。")]
)
def test_a_wrong_file_is_refused_in_the_operators_language(
    environ, database, file, capsys, locale, said
):
    environ.setenv("AIXIN_LOCALE", locale)
    file.write_text(json.dumps(changed("/activities/0/leader", "ZZ")), "utf-8")
    assert cli.main(["seed", str(file)]) == 1
    assert capsys.readouterr().err.strip() == f"/activities/0/leader: {said}" + (
        " in this file." if locale == "en" else ""
    )


def test_a_wrong_shape_is_said_in_the_operators_language_too(environ, database, file, capsys):
    environ.setenv("AIXIN_LOCALE", "zh_Hans")
    file.write_text(json.dumps(changed("/shops/0/goods/0/points", 0)), "utf-8")
    assert cli.main(["seed", str(file)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("/shops/0/goods/0/points: ")
    assert "Must be" not in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(environ, database, file, capsys, content):
    file.unlink() if content is None else file.write_bytes(content)
    assert cli.main(["seed", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def test_practice_data_is_refused_in_production(environ, database, file, capsys):
    environ.setenv("AIXIN_ENV", "production")
    environ.setenv("FILES_FOLDER", str(file.parent))
    assert cli.main(["seed", str(file), "--demo"]) == 1
    assert cli.main(["demo"]) == 1
    assert "production" in capsys.readouterr().err


def test_a_broken_environment_is_explained(environ, capsys):
    environ.delenv("SECRET_KEY")
    assert cli.main(["migrate"]) == 1
    assert "SECRET_KEY is not set" in capsys.readouterr().err


def test_demo_prints_a_table_of_sign_ins(environ, database, file, capsys):
    cli.main(["seed", str(file), "--demo"])
    capsys.readouterr()
    assert cli.main(["demo"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["community_secretary", "SEC", "aixin-demo"] in lines
    assert ["volunteer", "with", "a", "card", "WE0001", "0001"] in lines


def test_staff_are_employed_and_change_their_passwords(environ, database, file, capsys):
    cli.main(["seed", str(file)])
    type_in(environ, "a long password")
    assert cli.main(["staff-add", "NEW", "volunteer_admin", "WE", "--title", "New"]) == 0
    with Session(database.engine) as session:
        found = people.authenticate_staff(session, login="NEW", password="a long password")
        assert people.roles_of(session, found.id) == {("volunteer_admin", "WE")}
        assert found.community_id == people.unit(session, "WE").id
    type_in(environ, "another password")
    assert cli.main(["staff-password", "NEW"]) == 0
    with Session(database.engine) as session:
        assert people.authenticate_staff(session, login="NEW", password="another password")
    type_in(environ, "a long password")
    assert cli.main(["staff-add", "NEW", "volunteer_admin", "WE"]) == 1
    type_in(environ, "a long password")
    assert cli.main(["staff-password", "NOBODY"]) == 1
    for weak in ("short", "password1234", "woaini1314520"):
        type_in(environ, weak)
        assert cli.main(["staff-password", "NEW"]) == 1


def type_in(environ, password: str) -> None:
    environ.setattr("sys.stdin", StringIO(password + "\n"))


def test_migrating_again_does_nothing(environ, database):
    assert cli.main(["migrate"]) == 0


def test_openapi_describes_signing_in(environ, database, capsys):
    assert cli.main(["openapi"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/sessions" in document["paths"]
