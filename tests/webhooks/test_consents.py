"""Who did not agree is nobody's news: partners hear of a volunteer only while the switch is on."""

import json
from collections.abc import Collection
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session

from service import consents, outbox, people, webhooks
from service.consents import Purpose, Turn, Way
from service.webhooks import actions
from service.webhooks.models import Consent, Endpoint
from tests.outbox.samples import sample
from tests.webhooks.conftest import MORNING, OWN, Office

KIND = "StarProposed"


def bridge(office: Office, consent: Consent, kinds: Collection[str] = (KIND,)) -> Endpoint:
    """Open an address that needs this switch of a volunteer."""
    wanted = actions.Wanted("City", office.partner.url, tuple(kinds), consent)
    made = partial(actions.found, programme_id=office.market.programme_id, wanted=wanted)
    return office.database.atomic(partial(made, own=OWN, actor="staff:U-ADMIN", now=MORNING))


def say(office: Office, code: str, purpose: Purpose, given: bool = True) -> None:
    def work(session: Session) -> None:
        person = people.volunteer(session, code)
        asked = Turn(purpose, given, Way.SELF)
        consents.turn(session, person.id or 0, asked, by=f"volunteer:{code}", now=MORNING)

    office.database.atomic(work)


def happen(office: Office, *codes: str, kind: str = KIND, subject: str = "volunteer:{}") -> None:
    """Publish events about volunteers and relay them."""

    def work(session: Session) -> None:
        events = []
        for code in codes:
            payload: dict[str, Any] = sample(kind, volunteer=code)
            about = subject.format(code)
            events.append(outbox.publish(session, kind, about, payload, now=MORNING))
        session.flush()
        webhooks.fan_out(session, events, now=MORNING)

    office.database.atomic(work)


def heard(office: Office) -> list[str]:
    """Return of whom the partner heard."""
    office.send()
    return [json.loads(one.body)["data"]["volunteer"] for one in office.partner.heard]


@pytest.mark.parametrize(
    ("needs", "switch", "other"),
    [
        (Consent.PARTNERS, Purpose.PARTNERS, Purpose.EXPORT),
        (Consent.EXPORT, Purpose.EXPORT, Purpose.PARTNERS),
    ],
)
def test_a_partner_hears_of_those_alone_who_agreed_to_its_kind(
    office: Office, needs: Consent, switch: Purpose, other: Purpose
) -> None:
    bridge(office, needs)
    say(office, "V0001", switch)
    say(office, "V0002", other)
    happen(office, "V0001", "V0002", "V0003")
    assert heard(office) == ["V0001"]


@pytest.mark.parametrize("subject", ["volunteer:{}", "star:7", "lot:volunteer:{}:9"])
def test_whom_an_event_is_about_is_found_wherever_it_is_said(office: Office, subject: str) -> None:
    bridge(office, Consent.PARTNERS)
    say(office, "V0001", Purpose.PARTNERS)
    happen(office, "V0001", "V0002", subject=subject)
    assert heard(office) == ["V0001"]


def test_what_waits_when_the_consent_is_withdrawn_is_not_sent_any_more(office: Office) -> None:
    bridge(office, Consent.PARTNERS)
    say(office, "V0001", Purpose.PARTNERS)
    say(office, "V0002", Purpose.PARTNERS)
    happen(office, "V0001", "V0002")
    say(office, "V0001", Purpose.PARTNERS, given=False)
    assert heard(office) == ["V0002"]
    assert sorted(office.standings()) == [("delivered", 1), ("failed", 0)]
    assert [row["error"] for row in office.log()] == [
        "the volunteer does not agree, or agrees no more",
        "",
    ]
    assert office.endpoint().failures == 0  # the partner is not to blame


def test_asking_for_it_once_more_does_not_send_it_either(office: Office) -> None:
    bridge(office, Consent.PARTNERS)
    say(office, "V0001", Purpose.PARTNERS)
    happen(office, "V0001")
    say(office, "V0001", Purpose.PARTNERS, given=False)
    assert heard(office) == []

    def again(session: Session) -> None:
        row = office.endpoint()
        found = session.merge(row)
        actions.deliver_failed(session, found, actor="staff:U-ADMIN", now=MORNING)

    office.database.atomic(again)
    assert heard(office) == []


def test_what_is_about_nobody_needs_no_consent(office: Office) -> None:
    office.open()
    office.tell("A")
    assert office.send() == 1


def test_the_kind_of_a_partner_is_said_once(office: Office) -> None:
    bridge(office, Consent.EXPORT)
    assert bridge(office, Consent.EXPORT).consent == "export"
    with pytest.raises(actions.KeyReused):
        bridge(office, Consent.PARTNERS)
