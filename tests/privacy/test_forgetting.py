"""To be forgotten: no table and no file says any more who it was, and the books still prove."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image
from psycopg import errors
from psycopg.types.json import Jsonb
from sqlmodel import Session

from service import files, inbox, ledger, people, privacy
from service.certificates import Press
from service.db import Database
from service.privacy import forgetting
from service.proof import SigningKey
from tests.activities.town import Town, at
from tests.certificates.test_certificates import enter, order
from tests.privacy.conftest import Apis, Pages

KEY = SigningKey.generate("aixin.example/ledger")
NAME, PHONE, ID_NO, MAIL = "欧阳静怡", "13900000077", "110101199001010077", "jing@mail.example"
SAID = f"{NAME} ({PHONE}, 139-0000-0077) said so, {ID_NO}, {MAIL}"
MARKS = (NAME, PHONE, "139-0000-0077", ID_NO, MAIL)
WORDS = "SELECT place, field FROM privacy_words() ORDER BY 1, 2"
TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN"
TABLES += " ('public', 'identity') ORDER BY 1"


@pytest.fixture
def known(town: Town) -> Town:
    """V0001 is somebody whose name, numbers and address can be told from all others."""
    whose = town.volunteer("V0001").id or 0
    said = {"name": NAME, "phone": PHONE, "id_no": ID_NO}
    town.run(people.write_down, volunteer_id=whose, said=said)
    town.database.rows(
        "INSERT INTO identity.inbox_addresses (volunteer_id, channel, address, locale, consent,"
        " asked_at, expires_at, confirmed_at) VALUES (%(id)s, 'email', %(mail)s, 'en', 'c', now(),"
        " now(), now()) RETURNING id",
        {"id": whose, "mail": MAIL},
    )
    return town


def forget(town: Town, as_: Pages, code: str = "V0001") -> None:
    """Ask and decide on the pages, by two people."""
    as_("U-ADM").post("/desk/erasures", volunteer=code)
    answer = as_("U-SEC").post(f"/desk/erasures/{code}", decision="erase", number=code)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def left_in_tables(admin: psycopg.Connection) -> dict[str, list[str]]:
    """Return the tables in which a mark is still to be read."""
    found: dict[str, list[str]] = {}
    for (table,) in admin.execute(TABLES.encode()).fetchall():
        rows = admin.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()
        if told := [mark for mark in MARKS if any(mark in row for (row,) in rows)]:
            found[table] = told
    return found


# ----------------------------------------------------------- what was written, by everybody


def write_everywhere(town: Town, as_: Pages, api: Apis) -> None:
    """Let people write who V0001 is wherever a form takes words about somebody."""
    town.clock.set(at("16:00"))
    recorder, secretary, own = api("U-ADM"), api("U-SEC"), api("V0001")
    award = {"volunteer": "V0001", "rule": "R-GEN", "evidence": SAID, "key": "M-1"}
    award |= {"claimed_from": at("12:00").isoformat(), "claimed_to": at("13:00").isoformat()}
    recorder.post("/awards/manual", award, 201)
    recorder.post("/awards/M-1/reversal", {"reason": SAID}, 201)
    secretary.post("/cases", {"key": "C-1", "title": SAID, "volunteer": "V0001"}, 201)
    number = town.one("SELECT max(id) FROM cases")
    secretary.post(f"/cases/{number}/evidence", {"kind": "note", "ref": "N-1", "note": SAID}, 201)
    own.post("/me/objections", {"key": "O-1", "kind": "award", "ref": "M-1", "text": SAID}, 201)
    own.post("/me/help", {"key": "K-1", "text": SAID, "place": SAID}, 201)
    as_("V0001").post("/home/privacy/corrections", field="other", wanted=SAID)
    as_("U-ADM").post("/desk/volunteers/V0001/name", reason="other", words=SAID)
    other = inbox.Message("award_refused", "x:1", {"day": "2025-10-18", "reason": SAID})
    whom = town.volunteer("V0002").id
    town.run(inbox.tell, volunteer_ids=[whom], message=other, now=town.clock.now())


def test_who_was_forgotten_stands_in_no_table_and_no_file(
    known: Town, as_: Pages, api: Apis, admin: psycopg.Connection
) -> None:
    write_everywhere(known, as_, api)
    enter(api("U-ADM"), "V0002", until="10:00")
    enter(api("U-ADM"), "V0001", until="10:00")
    order(api("U-ADM"), volunteer="V0001", key="one")
    order(api("U-ADM"), key="all")
    folder = known.settings.files_folder
    press = Press(known.database, known.keys, folder, known.clock.now, lambda *_: None)
    assert [press.fulfil_next(), press.fulfil_next()] == [1, 2]
    sealing = partial(ledger.seal, signers=[KEY], origin="aixin.example/ledger")
    known.run(sealing, now=known.clock.now())
    before = left_in_tables(admin)
    assert {"public.cases", "public.matters", "public.trail_records"} <= before.keys()
    assert len(before) > 8, before
    hours = known.one("SELECT sum(minutes) FROM activities_awards")
    forget(known, as_)
    assert left_in_tables(admin) == {}
    assert not list((folder / "certificates").glob("*.pdf"))
    assert known.one("SELECT sum(minutes) FROM activities_awards") == hours
    known.run(ledger.ask_verification, asked_by="o", now=known.clock.now())
    found = ledger.verify_database(known.database, now=known.clock.now)
    assert (found.faults, found.transfers > 0) == (0, True)


def test_what_others_wrote_stays_but_for_the_words_that_named_somebody(
    known: Town, as_: Pages, api: Apis, admin: psycopg.Connection
) -> None:
    write_everywhere(known, as_, api)
    lines = "SELECT id, at, actor, action, subject, device FROM trail_records ORDER BY id"
    before = admin.execute(lines).fetchall()
    forget(known, as_)
    assert known.one("SELECT text FROM matters") == "■■ (■■, ■■) said so, ■■, ■■"
    assert admin.execute(lines).fetchall()[: len(before)] == before
    words = "SELECT detail->>'words' FROM trail_records WHERE action = 'identity.look'"
    assert "■■ (■■, ■■) said so, ■■, ■■" in [row[0] for row in admin.execute(words)]


def test_the_next_places_go_to_others_when_somebody_is_forgotten(known: Town, as_: Pages) -> None:
    forget(known, as_)
    rows = known.database.rows(
        "SELECT v.code, s.status FROM activities_signups s JOIN people_volunteers v ON"
        " v.id = s.volunteer_id WHERE v.code IN ('V0001', 'V0004') ORDER BY 1"
    )
    assert [row["status"] for row in rows] == ["cancelled", "confirmed"]


# ---------------------------------------------------------------------------- pictures


def picture(town: Town, shade: int) -> tuple[int, Path]:
    """Keep a picture of a sheet; return its number and where it lies."""
    drawn = BytesIO()
    Image.new("RGB", (40, 30), (shade, 0, 0)).save(drawn, "PNG")

    def work(session: Session) -> tuple[int, Path]:
        kept = files.keep(
            session, drawn.getvalue(), purpose="evidence", by="staff:U-ADM",
            community_id=town.volunteer("V0001").community_id,
            folder=town.settings.files_folder, now=town.clock.now(),
        )  # fmt: skip
        return kept.id or 0, files.path(kept, town.settings.files_folder)

    found: tuple[int, Path] = town.run(work)
    return found


def test_pictures_of_whoever_is_forgotten_leave_the_disk_and_a_sheet_that_waits_goes_later(
    known: Town, as_: Pages, api: Apis, admin: psycopg.Connection
) -> None:
    known.clock.set(at("16:00"))
    for code in ("V0001", "V0002"):
        enter(api("U-ADM"), code, until="10:00")
        enter(api("U-ADM"), code, since="12:00", until="13:00", key=f"N-{code}")
    (alone, first), (shared, second), (other, third) = (picture(known, n) for n in (1, 2, 3))
    hang = "UPDATE activities_awards SET evidence_file_id = %s, status = %s WHERE key = %s"
    for number, status, key in (
        (alone, "posted", "M-V0001"), (shared, "posted", "N-V0001"),
        (shared, "waiting", "N-V0002"), (other, "posted", "M-V0002"),
    ):  # fmt: skip
        admin.execute(hang, [number, status, key])
    forget(known, as_)
    assert [one.exists() for one in (first, second, third)] == [False, True, True]
    admin.execute(hang, [shared, "posted", "N-V0002"])
    place = privacy.Sweep(known.database, known.settings.files_folder, known.clock.now())
    assert privacy.sweep(place)["forgotten"] == 1
    assert [one.exists() for one in (first, second, third)] == [False, False, True]
    answer = api("U-SEC").call("GET", "/awards/M-V0001/evidence")
    assert answer.status_code == 404


# -------------------------------------------------------------- every field, generated


@pytest.fixture
def laboratory(owner: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The owner in a transaction that is taken back: there rows need be no more than a row."""
    with owner.transaction(force_rollback=True):
        yield owner


def columns(connection: psycopg.Connection, place: str) -> list[tuple[str, str]]:
    """Return the columns of a table that must have something, with their types."""
    return connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull"
        " AND attidentity = '' AND attgenerated = '' AND NOT atthasdef",
        [place],
    ).fetchall()


FILLING: dict[str, Any] = {
    "text": "x", "bigint": 1, "integer": 1, "smallint": 1, "boolean": True,
    "jsonb": Jsonb({}), "bytea": b"x",
    "date": "2025-10-18", "timestamp with time zone": "2025-10-18T04:00:00Z", "text[]": ["x"],
    "uuid": "00000000-0000-0000-0000-000000000001",
}  # fmt: skip


def plant(connection: psycopg.Connection, place: str, field: str) -> None:
    """Write a row whose field says who somebody is; what a row must otherwise be is let go."""
    checks = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f')",
        [place],
    ).fetchall()
    for (check,) in checks:
        connection.execute(f'ALTER TABLE {place} DROP CONSTRAINT "{check}"'.encode())
    connection.execute(f"ALTER TABLE {place} DISABLE TRIGGER USER".encode())
    kind = connection.execute(
        "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attname = %s",
        [place, field],
    ).fetchone()
    assert kind is not None, f"{place} has no {field}"
    given = {name: FILLING[like] for name, like in columns(connection, place)}
    given[field] = Jsonb({"a": [SAID]}) if kind[0] == "jsonb" else SAID
    names, holes = ", ".join(f'"{one}"' for one in given), ", ".join(["%s"] * len(given))
    connection.execute(
        f"INSERT INTO {place} ({names}) VALUES ({holes})".encode(), list(given.values())
    )
    connection.execute(f"ALTER TABLE {place} ENABLE TRIGGER USER".encode())


def test_every_field_in_which_people_write_freely_is_blackened_and_nothing_else_can_be(
    town: Town, laboratory: psycopg.Connection
) -> None:
    fields = laboratory.execute(WORDS).fetchall()
    assert len(fields) > 50
    wish = laboratory.execute(
        "INSERT INTO people_erasures (volunteer_id, asked_by, asked_at, decided_by, decided_at,"
        " erased) VALUES (1, 'a', now(), 'b', now(), true) RETURNING id"
    ).fetchone()
    assert wish is not None
    for place, field in fields:
        with laboratory.transaction(force_rollback=True):
            plant(laboratory, place, field)
            read = f"SELECT t::text FROM {place} t".encode()
            assert any(NAME in row for (row,) in laboratory.execute(read).fetchall())
            laboratory.execute(
                "SELECT privacy_take_out(%s, %s, %s)", [wish[0], place, sorted(MARKS)]
            )
            told = [row for (row,) in laboratory.execute(read).fetchall()]
            assert not [row for row in told if any(mark in row for mark in MARKS)], (place, field)
            assert any("■■" in row for row in told), (place, field)


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE trail_records SET actor = 'x'",
        "UPDATE trail_records SET at = now()",
        "UPDATE trail_records SET detail = '{}', subject = 'x'",
        "DELETE FROM trail_records",
        "UPDATE cases SET opened_by = 'x'",
        "UPDATE activities_awards SET points = 9",
    ],
)
def test_not_even_the_owner_changes_more_than_words(
    known: Town, as_: Pages, api: Apis, owner: psycopg.Connection, act: str
) -> None:
    write_everywhere(known, as_, api)
    owner.execute("SELECT set_config('aixin.words_out', 'on', false)")
    with pytest.raises(errors.DatabaseError, match="nothing but words"):
        owner.execute(act)


def test_the_application_takes_no_word_out_that_two_people_did_not_decide(
    known: Town, as_: Pages
) -> None:
    database: Database = known.database
    asked = "SELECT privacy_take_out(%(id)s, 'trail_records', ARRAY['xx']) AS done"
    with pytest.raises(errors.RestrictViolation):
        database.rows(asked, {"id": 1})
    forget(known, as_)
    number = known.one("SELECT max(id) FROM people_erasures")
    with pytest.raises(errors.RestrictViolation):  # it is done
        database.rows(asked, {"id": number})
    with database.lend() as one:  # the same connection to the end: another test lends it next
        one.execute("SELECT set_config('aixin.words_out', 'on', false)")
        with pytest.raises(errors.InsufficientPrivilege):
            one.execute("UPDATE trail_records SET detail = '{}' RETURNING id")
        one.execute("SELECT set_config('aixin.words_out', '', false)")


def test_a_number_is_found_as_people_write_it() -> None:
    assert {"13900000077", "139 0000 0077", "139-0000-0077"} == forgetting.spellings(PHONE)
    assert forgetting.spellings("x") == set()


def test_the_sweep_finds_what_was_printed_in_the_very_hour(
    known: Town, as_: Pages, api: Apis
) -> None:
    known.clock.set(at("16:00"))
    enter(api("U-ADM"), "V0001", until="10:00")
    order(api("U-ADM"), volunteer="V0001")
    forget(known, as_)
    folder = known.settings.files_folder
    Press(known.database, known.keys, folder, known.clock.now, lambda *_: None).fulfil_next()
    assert list((folder / "certificates").glob("*.pdf"))
    place = privacy.Sweep(known.database, folder, known.clock.now() + timedelta(hours=1))
    assert privacy.sweep(place)["forgotten"] == 1
    assert privacy.sweep(place)["forgotten"] == 0
    assert not list((folder / "certificates").glob("*.pdf"))
