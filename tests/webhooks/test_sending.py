"""What a partner hears: signed, in order, again after a failure, and at last nothing more."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from redis import Redis
from rq import Queue, SimpleWorker
from standardwebhooks import Webhook, WebhookVerificationError

from service import outbox, webhooks
from service.clock import Clock
from service.webhooks import actions, rules, sending
from service.webhooks.models import IsDisabled, Status
from tests.outbox.samples import sample
from tests.webhooks.conftest import MORNING, OWN, Office
from workers import partners, relay
from workers.runtime import Runtime

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def secret(office: Office, generation: int = 1) -> str:
    return rules.secret(office.signing.key, office.endpoint().salt, generation)


def verified(office: Office, nth: int = -1, generation: int = 1) -> dict[str, Any]:
    """Read what was heard as the package does that partners use; its clock is set to ours."""
    one = office.partner.heard[nth]
    headers = {name.lower(): value for name, value in one.headers.items()}
    told = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret(office, generation)).sign(
        headers["webhook-id"], told, one.body.decode()
    )
    if signed not in headers["webhook-signature"].split():
        raise WebhookVerificationError
    found: dict[str, Any] = json.loads(one.body)
    return found


def test_an_event_arrives_signed_in_an_envelope_that_its_schema_fits(office: Office) -> None:
    office.open()
    office.tell("A")
    assert office.send() == 1
    said = verified(office)
    assert said["specversion"] == "1.0"
    assert (said["type"], said["subject"]) == ("aixin.shop.admitted.v1", "shop:A")
    assert said["dataschema"] == "https://aixin.example/api/events/aixin.shop.admitted.v1.json"
    schema = outbox.CATALOGUE["ShopAdmitted"].schema("https://aixin.example")
    assert Draft202012Validator(schema).is_valid(said["data"])
    assert said["data"] == {"shop": "A"}  # the reason may name somebody, and stays here
    (heard,) = office.partner.heard
    assert heard.headers["Content-Type"] == "application/cloudevents+json"
    assert heard.headers["webhook-id"] == said["id"]
    assert int(heard.headers["webhook-timestamp"]) == int(MORNING.timestamp())
    assert office.standings() == [("delivered", 1)]
    assert office.send(DAY) == 0


def test_the_package_of_partners_takes_the_signature(office: Office) -> None:
    office.open()
    office.tell("A")
    webhooks.Sender(office.database, office.signing, OWN).send_due()
    (heard,) = office.partner.heard
    assert Webhook(secret(office)).verify(heard.body, dict(heard.headers))["subject"] == "shop:A"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret(office)).verify(heard.body + b" ", dict(heard.headers))


def test_only_the_types_and_the_programme_that_were_asked_for(office: Office) -> None:
    office.open("ShopSuspended")
    office.tell("A")
    office.tell("NOBODYS", kind="ShopSuspended")
    assert office.deliveries() == []
    office.tell("B", kind="ShopSuspended")
    assert [one.subject for one in office.deliveries()] == ["shop:B"]


def test_relaying_twice_tells_a_partner_once(office: Office) -> None:
    office.open()
    ids = office.tell("A")

    def again(session: Any) -> int:
        events = [session.get_one(outbox.Event, one) for one in ids]
        return webhooks.fan_out(session, events, now=MORNING)

    assert office.database.atomic(again) == 0
    assert len(office.deliveries()) == 1


@pytest.mark.parametrize("code", [500, 400, 302])
def test_a_failure_is_tried_again_after_its_wait(office: Office, code: int) -> None:
    office.partner.answers = [(code, {"Location": office.partner.url}), (204, {})]
    office.open()
    office.tell("A")
    assert (office.send(), len(office.partner.heard)) == (0, 1)  # nobody follows a redirect
    (logged,) = office.log()
    assert logged["code"] == code
    assert logged["answer"].startswith("so it is")
    assert len(logged["answer"]) <= 500
    assert office.send(timedelta(seconds=3)) == 0
    assert office.send(timedelta(seconds=7)) == 1
    assert office.standings() == [("delivered", 2)]
    assert verified(office, 0)["id"] == verified(office, 1)["id"]
    assert office.endpoint().failures == 0


def test_one_event_that_is_refused_holds_up_only_its_own_subject(office: Office) -> None:
    office.partner.answers = [(422, {}), (204, {})]
    office.open()
    office.tell("A", "A", "B")
    office.send()
    assert office.send(timedelta(seconds=7)) == 3
    order = [json.loads(one.body)["subject"] for one in office.partner.heard]
    assert order[0] == "shop:A"
    ids = [int(json.loads(one.body)["sequence"]) for one in office.partner.heard[1:]]
    of_a = [one for one, subject in zip(ids, order[1:], strict=True) if subject == "shop:A"]
    assert of_a == sorted(of_a)
    assert len(of_a) == 2


def test_a_partner_that_hangs_is_left_after_the_deadline(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_S", 0.2)
    office.partner.sleep_s = 1.0
    office.open()
    office.tell("A", "B")
    office.send()
    assert office.standings() == [("pending", 1), ("pending", 0)]
    assert office.log()[0]["error"].startswith("no answer within")
    assert office.endpoint().failures == 1


def test_a_partner_that_is_away_is_an_outcome(office: Office) -> None:
    office.open(url="http://127.0.0.1:9/hook")
    office.tell("A")
    assert office.send() == 0
    assert office.log()[0]["error"].startswith("ConnectError")
    assert office.log()[0]["code"] is None


def test_retry_after_is_heeded(office: Office) -> None:
    office.partner.answers = [(429, {"Retry-After": "3600"}), (204, {})]
    office.open()
    office.tell("A")
    office.send()
    assert office.send(HOUR - timedelta(seconds=1)) == 0
    assert office.send(HOUR + timedelta(seconds=1)) == 1


def test_who_answers_gone_is_told_nothing_more(office: Office) -> None:
    office.partner.answers = [(410, {})]
    office.open()
    office.tell("A")
    office.send()
    row = office.endpoint()
    assert (row.status, row.reason) == ("disabled", "gone")
    office.tell("B")
    assert len(office.deliveries()) == 1
    assert office.send(10 * DAY) == 0
    assert office.market.count("trail_records WHERE action = 'webhook.disabled'") == 1


def test_an_address_that_fails_for_days_is_switched_off_and_comes_back(office: Office) -> None:
    office.partner.answers = [(503, {})]
    office.open()
    office.tell("A", "B")
    for hour in range(0, 120, 3):
        office.send(hour * HOUR)
    row = office.endpoint()
    assert (row.status, row.reason) == ("disabled", "failing")
    assert row.failures >= rules.DISABLE_FAILURES_MIN
    with pytest.raises(IsDisabled):
        act(office, actions.deliver_again, delivery_id=1)
    office.partner.answers = [(200, {})]
    assert office.send(120 * HOUR) == 0
    act(office, actions.switch, status=Status.ENABLED, now=MORNING + 120 * HOUR)
    assert office.send(120 * HOUR) == 2
    assert office.endpoint().failing_since is None


def act(office: Office, work: Any, **given: Any) -> Any:
    def run(session: Any) -> Any:
        row = actions.endpoint(session, 1, {office.market.programme_id}, lock=True)
        now = given.pop("now", MORNING)
        return work(session, row, actor="staff:U-ADMIN", now=now, **given)

    return office.database.atomic(run)


def test_what_was_given_up_is_sent_once_more_when_asked(office: Office) -> None:
    office.partner.answers = [(500, {})]
    office.open()
    office.tell("A", "A")
    office.database.call("UPDATE webhooks_deliveries SET attempts = 9 WHERE id = 1 RETURNING id")
    office.send()
    assert [state for state, _ in office.standings()] == ["failed", "pending"]
    office.partner.answers = [(204, {})]
    assert act(office, actions.deliver_failed, now=MORNING + HOUR) == 1
    assert act(office, actions.deliver_failed, now=MORNING + HOUR) == 0
    assert office.send(HOUR) == 2
    assert act(office, actions.deliver_again, delivery_id=1, now=MORNING + HOUR).status == "pending"
    assert office.send(HOUR) == 1
    assert len(office.log()) == 4


def test_a_new_secret_signs_beside_the_old_one_for_a_day(office: Office) -> None:
    office.open()
    for _ in range(2):
        assert act(office, actions.rotate, generation=1).generation == 2
    office.tell("A")
    office.send(HOUR)
    assert len(office.partner.heard[0].headers["webhook-signature"].split()) == 2
    assert verified(office, 0, 1) == verified(office, 0, 2)
    office.tell("B")
    office.send(rules.OVERLAP + HOUR)
    with pytest.raises(WebhookVerificationError):
        verified(office, 1, 1)
    assert verified(office, 1, 2)["subject"] == "shop:B"


def test_two_senders_at_once_send_each_message_once(office: Office) -> None:
    office.open()
    office.tell(*("A", "B") * 15)
    office.clock.set(MORNING)
    sender = webhooks.Sender(office.database, office.signing, OWN, clock=office.clock)
    both = [threading.Thread(target=sender.send_due) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    while office.send():
        pass
    ids = [json.loads(one.body)["id"] for one in office.partner.heard]
    assert (len(ids), len(set(ids))) == (30, 30)
    for subject in ("shop:A", "shop:B"):
        said = [json.loads(one.body) for one in office.partner.heard]
        order = [int(one["sequence"]) for one in said if one["subject"] == subject]
        assert order == sorted(order)


def test_a_sender_that_died_is_followed_when_its_lease_is_over(office: Office) -> None:
    office.open()
    office.tell("A")
    sender = webhooks.Sender(office.database, office.signing, OWN, clock=office.clock)
    office.clock.set(MORNING)
    assert sender.take(1) is not None  # and dies
    assert office.send(timedelta(seconds=59)) == 0
    assert office.send(timedelta(seconds=61)) == 1


def test_no_transaction_is_open_while_a_partner_is_called(office: Office) -> None:
    office.partner.sleep_s = 0.4
    office.open()
    office.tell("A")
    thread = threading.Thread(target=office.send)
    thread.start()
    while not office.partner.heard:
        thread.join(0.01)
    open_now = office.market.count(OPEN)
    thread.join()
    assert (open_now, office.standings()) == (0, [("delivered", 1)])


OPEN = "pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"


def test_an_event_that_is_not_as_described_is_set_aside_and_told_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.consumers import PARTNERS
    from workers.delivery import Moments, look_again

    office.open()
    monkeypatch.setattr(outbox, "faults", lambda kind, said: ["shop: missing"])
    office.tell("A")
    assert office.deliveries() == []
    (row,) = office.database.rows("SELECT id, status, error, programme_id FROM outbox_failures")
    assert (row["status"], row["error"]) == ("dead", "shop: missing")
    assert row["programme_id"] == office.market.programme_id
    retry = partial(outbox.retry, failure_id=row["id"], actor="staff:U-ADMIN", now=MORNING)
    office.database.atomic(retry)
    moments = Moments(MORNING, MORNING)
    assert look_again(office.database, {"partners": PARTNERS}, moments) == 0
    monkeypatch.undo()
    office.database.atomic(partial(retry, now=MORNING + HOUR))
    later = Moments(MORNING, MORNING + HOUR)
    assert look_again(office.database, {"partners": PARTNERS}, later) == 1
    assert office.send(HOUR) == 1


def test_the_relay_and_a_worker_bring_an_event_to_a_partner(
    office: Office, redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = replace(office.market.settings, webhook_networks=("127.0.0.0/8",))
    world = Runtime(given, office.database, redis, clock)
    monkeypatch.setattr(partners, "runtime", lambda: world)
    office.open("TillRevoked")
    said = sample("TillRevoked", shop="A")
    tell = partial(outbox.publish, type="TillRevoked", subject="shop:A", payload=said, now=MORNING)
    office.database.atomic(tell)
    office.database.atomic(partial(relay.relay_once, redis=redis))
    queue = Queue("default", connection=redis, serializer="json")
    assert [job.func_name for job in queue.jobs] == ["workers.partners.send_webhooks"]
    SimpleWorker([queue], connection=redis, serializer="json").work(burst=True)
    (heard,) = office.partner.heard
    secret = rules.secret(given.secret_key, office.endpoint().salt, 1)
    assert Webhook(secret).verify(heard.body, dict(heard.headers))["data"] == said
    assert office.standings() == [("delivered", 1)]
