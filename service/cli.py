"""The commands of an operator: `python -m service.cli --help`. An entry point of its own."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import accounts, i18n, passes, people, programmes, redaction, seed, shops, trail
from service.cli_accounts import add_account_commands
from service.cli_identity import add_identity_commands
from service.cli_ledger import Load, add_ledger_commands
from service.cli_locks import add_lock_commands
from service.cli_outbox import add_outbox_commands
from service.cli_packs import add_pack_commands
from service.cli_retention import add_retention_commands
from service.cli_secrets import add_secret_commands
from service.cli_settlement import add_settlement_commands
from service.clock import Clock
from service.config import Settings, SettingsError
from service.console import complain
from service.db import Database
from service.errors import Refusal
from service.migrations.run import gather_statistics, upgrade
from service.people import Role
from service.signing import KeysRefused

Run = Callable[[Settings, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 refused, 2 asked wrongly."""
    redaction.install()
    trail.speak_from(trail.CONSOLE)
    asked = parser().parse_args(arguments)

    def load() -> Settings:
        return Settings.from_env(os.environ)

    try:
        status: int = asked.run(load, asked)
    except (SettingsError, KeysRefused) as error:
        return complain(str(error))
    except seed.Refused as error:
        return complain(*[say(fault, load().locale) for fault in error.faults])
    except Refusal as error:
        return complain(i18n.catalog(load().locale).gettext(error.title))
    return status


def parser() -> argparse.ArgumentParser:
    """Return the commands and what they take."""
    top = argparse.ArgumentParser(prog="aixin", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add(commands, "migrate", migrate, "bring the database to the newest revision")
    loading = add(commands, "seed", load, "load a data set; the same one again changes nothing")
    loading.add_argument("file", type=Path, help="JSON of the shape of deploy/demo/fumin.json")
    loading.add_argument("--demo", action="store_true", help="known passwords and PINs")
    loading.add_argument("--cards", type=Path, help="write the cards for the printer (CSV, secret)")
    add(commands, "demo", show_demo, "print who can sign in to practice data")
    add(commands, "openapi", show_openapi, "print the description of the JSON API")
    told = "print who may ask for what, as a page to read; needs no settings"
    rights = commands.add_parser("rights", help=told, description=told)
    rights.set_defaults(run=show_rights)
    add_calendar_commands(commands)
    staff = add(commands, "staff-add", add_staff, "employ somebody; asks for the password")
    staff.add_argument("login")
    staff.add_argument("role", choices=list(Role))
    staff.add_argument("scope", help="code of the community, sub-district, association or shop")
    staff.add_argument("--title", default="")
    password = add(commands, "staff-password", change_password, "set a password; ends old sessions")
    password.add_argument("login")
    add_account_commands(commands)
    add_identity_commands(commands)
    add_ledger_commands(commands)
    add_outbox_commands(commands)
    add_retention_commands(commands)
    add_settlement_commands(commands)
    add_pack_commands(commands)
    add_lock_commands(commands)
    add_secret_commands(commands)
    return top


def add_calendar_commands(commands: Any) -> None:
    """Add `calendar` and what can be asked of it."""
    told = "the table of working days, by which due days are counted"
    calendars = commands.add_parser("calendar", help=told, description=told)
    below = calendars.add_subparsers(required=True, metavar="COMMAND")
    loading = add(below, "load", load_calendar, "put a year's holidays and make-up days in force")
    shape = "JSON of the shape of service/programmes/working_days/arrangements.json"
    loading.add_argument("file", type=Path, help=shape)


def add(commands: Any, name: str, run: Run, told: str) -> argparse.ArgumentParser:
    """Add one command that needs the settings."""

    def settled(load: Load, asked: argparse.Namespace) -> int:
        return run(load(), asked)

    command: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    command.set_defaults(run=settled)
    return command


def migrate(settings: Settings, asked: argparse.Namespace) -> int:
    """Run the due migrations as the owner of the tables."""
    upgrade(settings.database_owner_url)
    return 0


def load(settings: Settings, asked: argparse.Namespace) -> int:
    """Load a data set and say what came of it."""
    if asked.demo and settings.production:
        return complain("--demo is refused in production: its passwords are known to everybody")
    try:
        data = seed.read(asked.file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return complain(f"{asked.file}: {error}")
    clock, morning = Clock(settings.clock_file), seed.first_morning(data)
    if asked.demo and morning and settings.clock_file and not settings.clock_file.exists():
        clock.start(morning)  # practice begins with the first activity, whatever day it is today
    keys = passes.keyring(settings.secret_keys, settings.public_url)
    loader = seed.Loader(keys, clock.now(), demo=asked.demo)
    with closing(Database(settings.database_url, sealer=settings.sealer)) as database:
        loaded = seed.load(database, data, loader)
    if not loaded.already:
        gather_statistics(settings.database_owner_url)
    if asked.cards and loaded.cards:
        seed.write_cards(asked.cards, loaded.cards)
    counts = ", ".join(f"{count} {kind}" for kind, count in loaded.counts.items())
    print(f"{loaded.programme}: {'nothing to do, loaded before' if loaded.already else counts}")
    return 0


def load_calendar(settings: Settings, asked: argparse.Namespace) -> int:
    """Load arrangements of working days and say what came of it."""
    try:
        text = asked.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return complain(f"{asked.file}: {error}")
    now = Clock(settings.clock_file).now()
    work = partial(programmes.load_arrangements, text=text, by="operator", now=now)
    try:
        with closing(Database(settings.database_url)) as database:
            loaded = database.atomic(work)
    except programmes.ArrangementRefused as error:
        gettext = i18n.catalog(settings.locale).gettext
        return complain(f"{gettext(error.title)}: {error.detail.format(**error.params)}")
    counts = ", ".join(f"{year}: {days} days" for year, days in loaded.days.items())
    print(counts if loaded.changed else f"{counts}; nothing to do, loaded before")
    return 0


def show_demo(settings: Settings, asked: argparse.Namespace) -> int:
    """Print the practice sign-ins as a table."""
    if settings.production:
        return complain("there is no practice data in production")
    with closing(Database(settings.database_url)) as database:
        for one in database.atomic(seed.sign_ins):
            print(f"{one.role:24} {one.name:16} {one.secret}")
    return 0


def show_openapi(settings: Settings, asked: argparse.Namespace) -> int:
    """Print the OpenAPI document."""
    from service.web.app import create_app  # noqa: PLC0415 - the other commands need no Flask

    app = create_app(settings)
    document = app.test_client().get("/api/openapi.json").get_json()
    print(json.dumps(document, ensure_ascii=False, indent=2))
    return 0


def show_rights(load: Load, asked: argparse.Namespace) -> int:
    """Print the table of rights: the same one on every installation."""
    from service.web.app import create_app  # noqa: PLC0415 - the other commands need no Flask
    from service.web.rights_sheet import bare, sheet  # noqa: PLC0415

    print(sheet(create_app(bare())), end="")
    return 0


def add_staff(settings: Settings, asked: argparse.Namespace) -> int:
    """Employ somebody with one office and a first password."""
    title = asked.title or asked.login
    password = ask_password()
    accounts.judge_password(password, asked.login, title)
    hashed = people.hash_password(password)
    now = Clock(settings.clock_file).now()

    def work(session: Session) -> None:
        if asked.role == Role.OFFICER:
            shops.association(session, asked.scope)  # in a community there may be several
        community_id = people.community_of(session, asked.scope)
        row = people.employ(
            session,
            code=asked.login,
            title=title,
            community_id=community_id,
            password_hash=hashed,
        )
        assert row.id is not None
        row.password_first = True  # typed by the operator: the owner chooses another one
        people.grant(session, staff_id=row.id, role=Role(asked.role), scope_code=asked.scope)
        detail = {"office": asked.role, "scope": asked.scope}
        line = partial(trail.record, session, actor="operator", action="staff.employ", now=now)
        line(subject=f"staff:{asked.login}", detail=detail)

    with closing(Database(settings.database_url)) as database:
        database.atomic(work)
    return 0


def change_password(settings: Settings, asked: argparse.Namespace) -> int:
    """Set a first password; its owner changes it at the next sign-in."""
    now, new = Clock(settings.clock_file).now(), ask_password()

    def work(session: Session) -> None:
        staff = people.staff(session, asked.login)
        accounts.set_password(session, staff=staff, new=new, actor="operator", now=now)

    with closing(Database(settings.database_url)) as database:
        database.atomic(work)
    return 0


def ask_password() -> str:
    """Ask for a new password at the terminal, twice; from a pipe, read one line."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass("Password: ")
        if getpass("Again: ") != password:
            sys.exit("The two are not the same.")
    return password


def say(fault: seed.Fault, locale: str) -> str:
    """Say one fault in the settings' language."""
    message = i18n.catalog(locale).gettext(fault.message)
    return f"{fault.pointer or '/'}: {message.format(**fault.params)}"


if __name__ == "__main__":
    sys.exit(main())
