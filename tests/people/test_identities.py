"""Who somebody is: sealed in the database, found by a whole name, brought to a new key."""

import threading
from functools import partial

import psycopg
import pytest

from service import cli, people, resealing
from service.db import Database
from service.sealing import KeyMissing, SealBroken, Sealer, SealingKey, read_sealing_keys
from service.signing import read_file
from tests.people import neighbourhood

SAID = {"name": "王秀英", "phone": "139-0000-0000", "id_no": "11010119400307888X"}
COPIES = "SELECT tablename FROM pg_tables WHERE schemaname = 'identity'"
PLAIN = "UPDATE identity.people_identities SET name = 'Plain ' || volunteer_id, phone = '130',"
PLAIN += " name_sealed = NULL, phone_sealed = NULL, name_hash = NULL, key_id = NULL"


@pytest.fixture
def built(database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def known(database, built) -> int:
    """A volunteer of whom everything is known."""
    whose = database.atomic(lambda session: people.volunteer(session, "EA0001").id)
    database.atomic(partial(people.write_down, volunteer_id=whose, said=SAID))
    return whose


@pytest.fixture
def both(settings, database) -> Database:
    """The same database for a process that has been given a new key."""
    keys = [SealingKey.generate(), *settings.sealer.keys]
    found = Database(settings.database_url, pool_max=4, sealer=Sealer(keys))
    yield found
    found.close()


def contact(database: Database, whose: int) -> people.Contact:
    return database.atomic(partial(people.contact_of, volunteer_id=whose))


def search(database: Database, built, whom: str) -> list[str]:
    asked = partial(people.list_volunteers, community_ids=[built.east_id, built.west_id])
    return [line.volunteer.code for line in database.atomic(partial(asked, whom=whom))]


def dump(admin: psycopg.Connection) -> bytes:
    """The bytes that a copy of the identity schema consists of."""
    taken = b""
    for (table,) in admin.execute(COPIES).fetchall():
        with admin.cursor().copy(f"COPY identity.{table} TO STDOUT (FORMAT binary)") as rows:
            taken += b"".join(map(bytes, rows))
    return taken


def test_a_copy_of_the_schema_holds_no_name_and_no_number(admin, known):
    taken = dump(admin)
    assert len(taken) > 500
    digits = SAID["phone"].replace("-", "")
    for secret in (*SAID.values(), digits, "Name EA", "Name WE"):
        assert secret.encode() not in taken
        assert secret.encode().hex().encode() not in taken


def test_who_holds_the_key_reads_who_it_is(database, known):
    assert contact(database, known) == people.Contact(**SAID)
    names = database.atomic(partial(people.names_of, volunteer_ids=[known]))
    assert names == {known: "王秀英"}


def test_a_field_moved_to_another_row_does_not_open(database, admin, known):
    moved = "UPDATE identity.people_identities t SET name_sealed = f.name_sealed"
    moved += " FROM identity.people_identities f WHERE f.volunteer_id = %s AND t.volunteer_id = %s"
    admin.execute(moved, (known, known + 1))
    with pytest.raises(SealBroken, match="moved"):
        contact(database, known + 1)


def test_a_process_with_another_key_hears_which_one_is_missing(settings, database, known):
    stranger = Database(settings.database_url, pool_max=1, sealer=Sealer([SealingKey.generate()]))
    missing = settings.sealer.newest.key_id.hex()
    with pytest.raises(KeyMissing, match=missing):
        contact(stranger, known)
    with pytest.raises(KeyMissing, match=missing):
        resealing.rotate(stranger, told=lambda *_: None)
    stranger.close()
    assert contact(database, known).name == "王秀英"


@pytest.mark.parametrize(
    ("whom", "found"),
    [
        ("王秀英", ["EA0001"]),
        ("王 秀英", ["EA0001"]),
        ("王秀", []),
        ("13900000000", ["EA0001"]),
        ("139 0000 0000", ["EA0001"]),
        ("1390000", []),
        ("11010119400307888x", ["EA0001"]),
        ("name we 2", ["WE0002"]),
    ],
)
def test_a_whole_name_or_number_is_found_and_no_part_of_one(database, built, known, whom, found):
    assert search(database, built, whom) == found


def test_looking_somebody_up_goes_by_the_index(settings, database, admin, known):
    admin.execute("SET enable_seqscan = off")
    hashed = settings.sealer.hash("phone", "13900000000")
    plan = admin.execute(
        "EXPLAIN SELECT volunteer_id FROM identity.people_identities"
        " WHERE name_hash = ANY(%(h)s) OR phone_hash = ANY(%(h)s) OR id_no_hash = ANY(%(h)s)",
        {"h": [hashed]},
    ).fetchall()
    assert "ix_people_identities_phone_hash" in str(plan)


def test_a_minor_comes_without_a_name(database, admin, built, known):
    admin.execute("UPDATE people_volunteers SET age_band = '14-17' WHERE code = 'EA0001'")
    asked = partial(people.list_volunteers, community_ids=[built.east_id])
    names = {line.volunteer.code: line.name for line in database.atomic(asked)}
    assert names == {"EA0001": "", "EA0002": "Name EA 2", "EA0003": "Name EA 3"}


def test_what_an_earlier_release_wrote_is_read_and_sealed_by_the_rotation(database, admin, built):
    admin.execute(PLAIN)
    assert contact(database, 1) == people.Contact("Plain 1", "130")
    assert resealing.rotate(database, told=lambda *_: None) == 6
    assert b"Plain" not in dump(admin)
    assert contact(database, 1) == people.Contact("Plain 1", "130")
    assert search(database, built, "plain 3") == ["EA0003"]


def test_rotating_again_has_nothing_to_do(database, both, known):
    assert resealing.rotate(both, told=lambda *_: None) == 6
    assert resealing.rotate(both, told=lambda *_: None) == 0
    assert contact(both, known) == people.Contact(**SAID)


def test_a_rotation_that_was_stopped_goes_on_where_it_ended(both, built, known, admin, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 2)

    def stop(done: int, total: int) -> None:
        assert total == 6
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resealing.rotate(both, told=stop)
    assert both.atomic(resealing.waiting) == 2
    assert search(both, built, "name we 3") == ["WE0003"]  # under the older key still
    assert search(both, built, "王秀英") == ["EA0001"]  # under the new one already
    assert resealing.rotate(both, told=lambda *_: None) == 2


def test_reads_and_registrations_go_on_while_keys_change(both, built, known, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 1)
    stop, wrong, reads = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            found = both.atomic(partial(people.names_of, volunteer_ids=range(1, 7)))
            reads.append(len(found))
            if found[known] != "王秀英" or len(found) != 6:
                wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(20):
            said = {"phone": f"1390000{number:04d}"}
            both.atomic(partial(people.write_down, volunteer_id=known, said=said))
            resealing.rotate(both, told=lambda *_: None)
    finally:
        stop.set()
        reader.join()
    assert reads
    assert not wrong
    assert both.atomic(resealing.waiting) == 0


@pytest.fixture
def operator(settings, monkeypatch, tmp_path):
    """The environment of an operator whose identity keys lie in a file."""
    file = tmp_path / "identity.key"
    file.write_text(settings.identity_key)
    said = {
        "AIXIN_ENV": "demo", "DATABASE_URL": settings.database_url, "AIXIN_LOCALE": "en",
        "REDIS_URL": settings.redis_url, "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url, "LEDGER_KEY": settings.ledger_key,
        "IDENTITY_KEY": "", "IDENTITY_KEY_FILE": str(file),
    }  # fmt: skip
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return file


def test_the_operator_changes_the_key_in_three_commands(settings, built, known, operator, capsys):
    old = settings.sealer.newest.key_id.hex()
    assert cli.main(["identity-key", str(operator), "--yes"]) == 0
    assert cli.main(["identity-key", str(operator), "--retire", old]) == 1
    assert "6 rows are sealed under" in capsys.readouterr().err
    assert cli.main(["identity-rotate"]) == 0
    assert "6 rows sealed" in capsys.readouterr().out
    assert cli.main(["identity-rotate"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert cli.main(["identity-key", str(operator), "--retire", old, "--yes"]) == 0
    (left,) = read_file(operator, read_sealing_keys)
    assert left.key_id.hex() != old
    database = Database(settings.database_url, pool_max=1, sealer=Sealer([left]))
    assert contact(database, known).name == "王秀英"
    database.close()


def test_the_last_key_stays(settings, database, operator, capsys):
    only = settings.sealer.newest.key_id.hex()
    assert cli.main(["identity-key", str(operator), "--retire", only]) == 1
    assert "the last key stays" in capsys.readouterr().err


def test_a_first_key_is_made_for_nobody_else_to_read(tmp_path, operator):
    file = tmp_path / "new.key"
    assert cli.main(["identity-key", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(read_file(file, read_sealing_keys)) == 1
