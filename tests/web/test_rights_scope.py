"""Everybody of elsewhere against 富民's things: the table lets them through, the views do not."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.routing import Rule

from service import people, shops
from service.config import Settings
from service.db import Database
from service.web.api import StrictParser
from service.web.rights import LINES, OFFICES
from tests.reports.conftest import Town, town
from tests.web.neighbours import address, borrowed, doors
from tests.web.test_readers import FORM, SPOILED, anything, sell, serve

__all__ = ["town"]
# Where each office of these people counts: another community, another association, another shop.
SCOPES = dict.fromkeys(OFFICES, "GZ") | {"officer": "GZSH", "owner": "S02"}
REFUSED = {403, 404, 422}  # the last by a body that is read before the scope
# What an address of theirs names and nobody owns: one's own part of it, a day, what all share.
SHARED = {
    "DELETE activities.delete_own_signup",  # one's own
    "GET activities_pages.show_digits",
    "POST activities_pages.post_here",
    "GET joining_pages.show_join",
    "DELETE notices.delete_address",
    "POST notice_pages.post_stop",
    "GET statement_pages.get_own_file",
    "POST till_api.post_void",  # a key of the own shop that did not come yet
    "POST redemptions_api.post_reversal",
    "GET choices.show_good",  # every shop of the programme sells to every volunteer
    "GET desk_drill.show_day",  # a day of the own community
    "GET desk_drill.show_balances",
    "GET desk_drill.show_figure",
    "POST reconciliation.count_from_page",
    "POST reconciliation.close_from_page",
}


@pytest.fixture
def strangers(town: Town, database: Database, settings: Settings) -> dict[str, str]:
    """富民 after a sale; a token of somebody from elsewhere for each word of the table."""
    serve(town, "FM0001")
    sell(town, database, settings)
    return database.atomic(partial(employed, now=town.clock.now()))


def employed(session: Session, *, now: datetime) -> dict[str, str]:
    """Employ somebody for each office elsewhere, and pair tablets there."""
    found = {}
    for role, scope in SCOPES.items():
        row = people.employ(session, code=f"X-{role}", title=role)
        people.grant(session, staff_id=row.id or 0, role=OFFICES[role], scope_code=scope)
        found[role] = people.open_staff_session(session, staff_id=row.id or 0, now=now)
    place, shop = people.unit(session, "GZ").id, shops.shop(session, "S02").id
    pair = partial(people.pair_device, session, name="X", paired_by="staff:U-GZ", now=now)
    found |= {"gate": pair(community_id=place)[1], "till": pair(shop_id=shop)[1]}
    other = people.volunteer(session, "FM0030").id or 0
    return found | {
        "volunteer": people.open_volunteer_session(session, volunteer_id=other, now=now)
    }


def test_who_has_the_office_elsewhere_reaches_nothing_here(
    town: Town, strangers: dict[str, str], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    reached = {}
    for door, name, path in asked(app, strangers):
        headers = {"Authorization": f"Bearer {strangers[name]}", "Idempotency-Key": "K-9"}
        send = partial(town.client.open, path, method=door.partition(" ")[0], headers=headers)
        with monkeypatch.context() as filled:
            filled.setattr(StrictParser, "parse", anything)
            status = send(data=None if door.startswith("GET") else FORM, buffered=True).status_code
        if status == SPOILED:  # by a body that no schema would have let through
            status = send(json={}, buffered=True).status_code
        if status not in REFUSED:
            reached[f"{name}: {door} {path}"] = status
    assert reached == {}


def asked(app: Flask, strangers: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what each of them may ask for by the table, of a thing that is not theirs."""
    lines = {line.door: line for line in LINES if line.where != ("programme",)}
    for method, rule in doors(app, "GET", "POST", "PUT", "DELETE"):
        door = f"{method} {rule.endpoint}"
        if door in lines and door not in SHARED and lines[door].where and rule.arguments:
            path = thing(app, rule)
            yield from ((door, name, path) for name in lines[door].who if name in strangers)


def thing(app: Flask, rule: Rule) -> str:
    """Return an address of a rule, of a thing of 富民 where one is known."""
    try:
        return borrowed(app, rule)
    except ValueError:  # a word of a choice that is called like one of the things
        return address(app, rule)
