"""Every job by name: its function, its queue, its patience.

A job may run twice, and may be killed anywhere: the actions it calls are idempotent.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from rq import Retry
from sqlmodel import Session

from service import (
    accounts,
    activities,
    certificates,
    evidence,
    files,
    inbox,
    ledger,
    notices,
    outbox,
    passes,
    people,
    privacy,
    reconciliation,
    records,
    redemptions,
    reports,
    sampling,
)
from service.clock import business_day
from service.errors import Refusal
from service.proof import SigningKey
from service.reconciliation import CommunityDay
from workers.auditing import audit_asked, audit_news
from workers.closing import check_equations, make_statements, order_statements, prepare_days
from workers.consumers import CONSUMERS, consume, try_failures_again
from workers.evidence_packs import make_packs
from workers.partners import send_webhooks
from workers.runtime import Runtime, runtime
from workers.shop_days import reconcile_batch, reconcile_shops, reconcile_shops_now
from workers.shop_files import read_shop_files
from workers.steps import (
    every_programme,
    in_every_programme,
    programme_ids,
    repeat,
    tell_progress,
    waits_for_locks,
)

PROMPT, DEFAULT, SLOW = "prompt", "default", "slow"  # by patience: seconds, minutes, the night
QUEUES = (PROMPT, DEFAULT, SLOW)
log = logging.getLogger("aixin.jobs")


class BooksDisagree(Exception):
    """Balances and entries differ: the job fails, and stays among the failed until looked at."""


@waits_for_locks
def handle_events(ids: list[int]) -> int:
    """Deliver a batch of relayed events to their consumers; return how many were new."""
    return consume(runtime().database, ids, now=runtime().now())


@waits_for_locks
def sweep() -> dict[str, int]:
    """Do what only the clock decides: no-shows, redemptions that nobody confirmed, old holds."""
    world, now = runtime(), runtime().now()
    return {
        "noticed": in_every_programme(world, activities.post_noticed, now),
        "no_shows": world.database.atomic(partial(activities.sweep_no_shows, now=now)),
        "not_counted": world.database.atomic(partial(activities.expire_undecided, now=now)),
        "watched": world.database.atomic(partial(activities.look_for_bursts, now=now)),
        "left": world.database.atomic(partial(activities.leave_for_the_withdrawn, now=now)),
        "promoted": world.database.atomic(partial(activities.fill_free_places, now=now)),
        "expired": repeat(world, partial(redemptions.expire_one, now=now)),
        "batches": world.database.atomic(partial(redemptions.tell_batches, now=now)),
        "released": in_every_programme(world, ledger.expire_holds, now),
    }


def sweep_files() -> int:
    """Remove what was written for transactions that ended badly; return how many files."""
    world = runtime()
    folder, now = world.settings.files_folder, world.now()
    sweeps = (files.sweep, evidence.sweep)
    return sum(world.database.atomic(partial(each, folder=folder, now=now)) for each in sweeps)


@waits_for_locks
def remove_what_is_over() -> dict[str, int]:
    """Remove what the table of periods says is over; return how many of what."""
    world = runtime()
    swept = privacy.Sweep(world.database, world.settings.files_folder, world.now())
    tries = accounts.forget_tries(world.database, now=world.now())
    return privacy.sweep(swept) | {"tries": tries}


@waits_for_locks
def catch_up() -> int:
    """Deal with events that were relayed a while ago and never dealt with; return how many.

    Redis lost them, or a worker died with them. Page by page while there is progress: an emptied
    Redis may have held thousands.
    """
    world = runtime()
    done = try_failures_again(world.database, now=world.now())
    while count := consume_overlooked(world):
        done += count
    return done


def consume_overlooked(world: Runtime) -> int:
    """Deal with one page of what each consumer never saw; return how many were new to it."""
    patience = timedelta(seconds=world.settings.sweep_seconds)
    find = partial(outbox.overlooked, after=patience)
    lost = {
        event_id
        for consumer in CONSUMERS
        for event_id in world.database.atomic(
            partial(find, consumer=consumer.name, types=consumer.types)
        )
    }
    return consume(world.database, sorted(lost), now=world.now()) if lost else 0


def end_day() -> int:
    """Expire the lots whose last day is over; return how many there were."""
    return in_every_programme(runtime(), reconciliation.expire_points, runtime().now())


def announce() -> int:
    """Tell of points that will expire soon, once a lot."""
    world, now = runtime(), runtime().now()
    return sum(
        world.database.atomic(
            partial(reconciliation.announce_expiry, programme_id=programme_id, now=now)
        )
        for programme_id in programme_ids(world)
    )


def propose_stars() -> int:
    """Propose the stars that hours have reached, and mark those that hours fell below."""
    world, now = runtime(), runtime().now()
    return sum(propose_all(world, programme_id, now) for programme_id in programme_ids(world))


def propose_all(world: Runtime, programme_id: int, now: datetime) -> int:
    """Propose a programme's stars, some hundred a transaction; then look at all of them again."""
    done = repeat(world, partial(records.propose_stars, programme_id=programme_id, now=now))
    world.database.atomic(partial(records.review_stars, programme_id=programme_id, now=now))
    return done


def reconcile_yesterday() -> int:
    """Compare every community's newest ended day, once after its end (T+1)."""
    world, now = runtime(), runtime().now()
    return sum(
        world.database.atomic(partial(reconciliation.reconcile_ended, of=of, ended_at=end, now=now))
        for of, end in ended_days(world, now)
    )


def ended_days(world: Runtime, now: datetime) -> list[tuple[CommunityDay, datetime]]:
    """Return each community's newest ended day, and when it ended."""
    found = world.database.atomic(
        lambda session: [
            (programme, place)
            for programme in every_programme(session)
            for place in people.communities(session, programme.id or 0)
        ]
    )
    days = []
    for programme, place in found:
        day = reconciliation.last_ended_day(now, programme.zone)
        of = CommunityDay(programme.id or 0, place.id or 0, day)
        midnight = datetime.combine(day, time(23, 59), ZoneInfo(programme.zone))
        days.append((of, midnight.astimezone(UTC)))
    return days


def draw_samples() -> int:
    """Draw the months that are over and whose seed is known; return how many were drawn."""
    return in_every_programme(runtime(), sampling.draw_due, runtime().now())


def check_books() -> None:
    """Hold balances against entries and lots. Raises BooksDisagree, which names the accounts."""
    wrong = runtime().database.atomic(reconciliation.wrong_accounts)
    if wrong:
        raise BooksDisagree(", ".join(wrong[:20]))


def seal() -> int:
    """Seal what was posted, and sum it up; then the months that are closed; return how many heads.

    Without keys nothing is sealed, and nothing is lost: it all waits.
    """
    world = runtime()
    signing = Signing(world.settings.signers, world.settings.origin, world.now())
    if not signing.signers:
        return 0
    heads = repeat(world, signing.batch)
    repeat(world, reports.roll_up)
    for period in world.database.atomic(ledger.closing_periods):
        world.database.atomic(partial(signing.month, period=period))
    return heads


@dataclass(frozen=True, slots=True)
class Signing:
    """The keys of the log, its name, and the moment; each call is one transaction's work."""

    signers: Sequence[SigningKey]
    origin: str
    now: datetime

    def batch(self, session: Session) -> bool:
        """Seal one batch and tell of it; False when nothing waited."""
        head = ledger.seal(session, signers=self.signers, origin=self.origin, now=self.now)
        if head is not None:
            said = {"size": head.size, "root": head.root.hex()}
            outbox.publish(session, "LedgerSealed", "ledger", said, now=self.now)
        return head is not None

    def month(self, session: Session, *, period: ledger.Period) -> None:
        """Seal one month that is closed."""
        ledger.seal_period(
            session,
            programme_id=period.programme_id,
            month=period.month,
            signers=self.signers,
            origin=self.origin,
            now=self.now,
        )


def verify_asked() -> int | None:
    """Do the verification that somebody asked for; return how many faults it found, if one was."""
    world = runtime()
    found = ledger.verify_database(world.database, now=world.now, progress=tell_progress)
    return found.faults if found else None


@waits_for_locks
def print_certificates() -> int | None:
    """Print the oldest order of certificates; return how many it had. Old files are deleted."""
    world = runtime()
    keys = passes.keyring(world.settings.secret_keys, world.settings.public_url)
    press = certificates.Press(
        world.database, keys, world.settings.files_folder, world.now, tell_progress
    )
    press.sweep()
    return press.fulfil_next()


@waits_for_locks
def print_notices() -> dict[str, int]:
    """End the notices whose days are over, and make the papers that are missing or void."""
    world = runtime()
    ended = repeat(world, partial(notices.end_due, now=world.now()))
    settings = world.settings
    press = notices.Press(world.database, settings.files_folder, settings.public_url, tell_progress)
    return {"ended": ended, "printed": press.work_off()}


def post_notices() -> dict[str, int]:
    """Send the copies of messages that are due on other ways than the inbox."""
    world = runtime()
    given = world.settings
    post = inbox.Post(
        world.database,
        inbox.channels(given),
        given.public_url,
        given.lasting_key,
        world.now,
        tell_progress,
    )
    return post.run()


def verify() -> int | None:
    """Verify all books once a business day. Raises BooksDisagree, which names the first faults."""
    world = runtime()
    asked = partial(ask_for_today, today=business_day(world.now()), now=world.now())
    if not world.database.atomic(asked):
        return None
    found = ledger.verify_database(world.database, now=world.now, progress=tell_progress)
    if found and found.faults:
        first = (f"{one['kind']} {one['place']}: {one['detail']}" for one in found.findings[:20])
        raise BooksDisagree("; ".join(first))
    return found.faults if found else None


def ask_for_today(session: Session, *, today: date, now: datetime) -> bool:
    """Ask for the night's verification unless there was one today, whoever asked for it."""
    last = ledger.last_verification(session)
    if last and business_day(last.asked_at) == today:
        return False
    ledger.ask_verification(session, asked_by="system", now=now)
    return True


@waits_for_locks
def plan_ahead() -> int:
    """Plan the coming weeks of every series; one that cannot go on stops no other."""
    world, now = runtime(), runtime().now()
    planned = 0
    for series_id in world.database.atomic(activities.running_series):
        work = partial(activities.continue_series, series_id=series_id, now=now)
        try:
            planned += world.database.atomic(work)
        except Refusal as refusal:
            log.warning("series %s: %s", series_id, refusal.slug)
    return planned


def night() -> None:
    """Do all that the night does, one after the other: for a simulated day, which skips hours."""
    for each in (
        end_day,
        reconcile_yesterday,
        reconcile_shops_now,
        plan_ahead,
        announce,
        propose_stars,
        draw_samples,
        check_books,
        check_equations,
        prepare_days,
        order_statements,
        verify,
        remove_what_is_over,
    ):
        each()


@dataclass(frozen=True, slots=True)
class Job:
    """How to run one kind of job."""

    run: Callable[..., object]
    queue: str
    timeout_s: int = 60
    retry_s: tuple[int, ...] = (1, 5, 30, 300, 1800)

    @property
    def retry(self) -> Retry:
        """Return RQ's form of the waiting times."""
        return Retry(max=len(self.retry_s), interval=list(self.retry_s))


JOBS = {
    "events": Job(handle_events, PROMPT),
    "webhooks": Job(send_webhooks, DEFAULT, retry_s=()),
    "sweep": Job(sweep, PROMPT),
    "catch_up": Job(catch_up, DEFAULT),
    "seal": Job(seal, DEFAULT, timeout_s=300),
    "announce": Job(announce, DEFAULT),
    "end_day": Job(end_day, SLOW, timeout_s=900),
    "reconcile_yesterday": Job(reconcile_yesterday, SLOW, timeout_s=900),
    "reconcile_shops": Job(reconcile_shops, DEFAULT, timeout_s=300, retry_s=()),
    "reconcile_batch": Job(reconcile_batch, SLOW, timeout_s=600, retry_s=(5, 60, 600)),
    "plan_ahead": Job(plan_ahead, SLOW, timeout_s=300),
    "sweep_files": Job(sweep_files, SLOW, timeout_s=900),
    "retention": Job(remove_what_is_over, SLOW, timeout_s=1800),
    "propose_stars": Job(propose_stars, SLOW, timeout_s=900),
    "draw_samples": Job(draw_samples, SLOW, timeout_s=900),
    "check_books": Job(check_books, SLOW, timeout_s=900, retry_s=(30,)),
    "verify": Job(verify, SLOW, timeout_s=3600, retry_s=()),
    "verify_asked": Job(verify_asked, SLOW, timeout_s=3600, retry_s=()),
    "post_notices": Job(post_notices, DEFAULT, timeout_s=600, retry_s=()),
    "prepare_days": Job(prepare_days, SLOW, timeout_s=900),
    "order_statements": Job(order_statements, SLOW, timeout_s=300),
    "statements": Job(make_statements, SLOW, timeout_s=1800, retry_s=()),
    "check_equations": Job(check_equations, SLOW, timeout_s=900, retry_s=(30,)),
    "shop_files": Job(read_shop_files, SLOW, timeout_s=1800, retry_s=()),
    "audit_news": Job(audit_news, DEFAULT, timeout_s=600, retry_s=()),
    "audit_asked": Job(audit_asked, SLOW, timeout_s=900, retry_s=()),
    "certificates": Job(print_certificates, SLOW, timeout_s=1800, retry_s=()),
    "notices": Job(print_notices, SLOW, timeout_s=600, retry_s=()),
    "packs": Job(make_packs, SLOW, timeout_s=1800, retry_s=()),
    "night": Job(night, SLOW, timeout_s=900, retry_s=()),
}
