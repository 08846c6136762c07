"""Many at once: whoever comes first wins, everybody else is told, and nobody waits in a circle.

Calls run without the retry of `Database.atomic`: a deadlock or a broken constraint would show.
"""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import Session

from service import ledger
from service.errors import Refusal
from service.ledger import Kind, Leg, Posted, Unit
from service.proof import SigningKey
from tests.conftest import Servers
from tests.ledger.conftest import LATE, NOW, PROGRAMME, SOON, Books
from tests.ledger.invariants import broken

T = TypeVar("T")
Outcome = Any  # what a thread came back with: an answer, or the class of a refusal
A, B, SHOP = "volunteer:FM0001", "volunteer:FM0002", "pledge:S01"
PTS, CNY = Unit.PTS, Unit.CNY
LATER = NOW + timedelta(hours=2)
ORIGIN = "aixin.example/ledger"
SIGNERS = [SigningKey.generate(ORIGIN)]


@pytest.fixture(autouse=True)
def lawful(books: Books, admin: psycopg.Connection, servers: Servers) -> Iterator[None]:
    """Hold all laws afterwards; and no deadlock may have been broken up by the server."""
    log = servers.postgres.log
    before = log.read_text("utf-8").count("deadlock detected")
    yield
    assert broken(admin) == []
    found = log.read_text("utf-8")
    assert found.count("deadlock detected") == before, found[found.find("deadlock detected") :]


@pytest.fixture
def more(books: Books) -> Books:
    """Fifty accounts more, all empty."""
    places = {f"pot:{n}": ledger.Place(floor=0) for n in range(25)}
    places |= {f"sink:{n}": ledger.HOT_END for n in range(25)}
    for address, place in places.items():
        once(books, lambda s, a=address, p=place: open_account(s, a, p))
    return books


def open_account(session: Session, address: str, place: ledger.Place) -> None:
    ledger.open_account(
        session, programme_id=PROGRAMME, address=address, unit=PTS, place=place, now=NOW
    )


def once(books: Books, work: Callable[[Session], T]) -> T:
    """Run work in a transaction, without a second try."""
    with Session(books.database.engine, expire_on_commit=False) as session, session.begin():
        return work(session)


def outcome(books: Books, work: Callable[[Session], Any]) -> Outcome:
    """Run work and return its answer, or the class of the refusal."""
    try:
        return once(books, work)
    except Refusal as refusal:
        return type(refusal)


def at_once(books: Books, works: list[Callable[[Session], Any]]) -> list[Outcome]:
    """Run all works in threads that start together."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[Session], Any]) -> Outcome:
        barrier.wait()
        return outcome(books, work)

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def move(books: Books, key: str, *legs: Leg, **given: Any) -> Callable[[Session], Posted]:
    reason = books.reason(key, lot_expires_on=LATE, **given)
    return lambda s: ledger.post(s, reason, kind=Kind.ADJUST, legs=legs, now=NOW)


def pair(source: str, target: str, amount: int) -> tuple[Leg, Leg]:
    return Leg(source, PTS, -amount), Leg(target, PTS, amount)


def hold(
    books: Books, key: str, *legs: Leg, until: datetime = NOW + timedelta(hours=1)
) -> Callable[[Session], Posted]:
    return lambda s: ledger.hold(s, books.reason(key), legs=legs, expires_at=until, now=NOW)


def capture(books: Books, key: str, hold_id: int) -> Callable[[Session], Posted]:
    reason = books.reason(key, lot_expires_on=LATE)
    return lambda s: ledger.capture(s, reason, hold_id=hold_id, kind=Kind.PLEDGE, now=NOW)


def release(books: Books, key: str, hold_id: int) -> Callable[[Session], Posted]:
    return lambda s: ledger.release(s, books.reason(key), hold_id=hold_id, now=NOW)


def reverse(books: Books, key: str, of: int) -> Callable[[Session], Posted]:
    return lambda s: ledger.reverse(s, books.reason(key), transfer_id=of, now=NOW)


def seal(session: Session, limit: int = 1000) -> ledger.Head | None:
    return ledger.seal(session, signers=SIGNERS, origin=ORIGIN, now=NOW, limit=limit)


def count(books: Books, where: str = "true") -> int:
    row = books.database.call(f"SELECT count(*) AS n FROM ledger_transfers WHERE {where}")
    assert row is not None
    return int(row["n"])


# ---------------------------------------------------------------- one key, one limit, one winner


def test_every_sender_of_a_key_gets_the_one_transfer_whatever_the_order(books: Books) -> None:
    books.award("FM0001", 40)
    books.award("FM0002", 40, key="award:2")
    old = [once(books, move(books, f"old:{n}", *pair("issued", B, 1))) for n in range(10)]
    held = [once(books, hold(books, f"held:{n}", *pair(A, B, 1))) for n in range(10)]
    before = count(books)
    works = {f"a:{n}": move(books, f"a:{n}", *pair("issued", A, 3)) for n in range(10)}
    works |= {f"m:{n}": move(books, f"m:{n}", *pair(A, B, 9)) for n in range(10)}
    works |= {f"h:{n}": hold(books, f"h:{n}", *pair(B, A, 2)) for n in range(10)}
    works |= {f"r:{n}": reverse(books, f"r:{n}", old[n].transfer_id) for n in range(10)}
    works |= {f"c:{n}": capture(books, f"c:{n}", held[n].transfer_id) for n in range(5)}
    works |= {f"l:{n}": release(books, f"l:{n}", held[n].transfer_id) for n in range(5, 10)}

    def send_all(seed: int) -> list[tuple[str, Outcome]]:
        keys = list(works) * 2
        random.Random(seed).shuffle(keys)
        return [(key, outcome(books, works[key])) for key in keys]

    answers: dict[str, list[Outcome]] = defaultdict(list)
    with ThreadPoolExecutor(8) as threads:
        for key, answer in (pair for done in threads.map(send_all, range(8)) for pair in done):
            answers[key].append(answer)
    created = 0
    for key, given in answers.items():
        done = [answer for answer in given if isinstance(answer, Posted)]
        refused = {answer for answer in given if not isinstance(answer, Posted)}
        assert refused <= {ledger.InsufficientPoints}, key
        assert len({answer.transfer_id for answer in done}) <= 1, key
        assert sum(not answer.replayed for answer in done) == bool(done), key
        created += bool(done)
    assert len(answers) == 50
    assert count(books) - before == created


def test_batches_that_share_keys_do_not_wait_in_a_circle(books: Books) -> None:
    lines = [
        ledger.Credit(books.reason(f"k:{n}", lot_expires_on=LATE), A if n % 2 else B, n + 1)
        for n in range(40)
    ]
    asked: dict[str, Any] = {"kind": Kind.AWARD, "giver": "issued", "now": NOW}

    def send(seed: int) -> list[Posted]:
        rng = random.Random(seed)
        found = []
        for _ in range(12):
            batch = rng.sample(lines, rng.randint(1, 25))
            found += once(books, partial(ledger.credit_many, lines=batch, **asked))
            one = rng.choice(lines)
            legs = pair("issued", one.address, one.points)
            found.append(once(books, partial(post_credit, credit=one, legs=legs)))
        return found

    with ThreadPoolExecutor(8) as threads:
        answers = [answer for found in threads.map(send, range(8)) for answer in found]
    assert sum(not answer.replayed for answer in answers) == len(lines) == count(books)
    assert len({answer.transfer_id for answer in answers}) == len(lines)
    assert books.balance(A) + books.balance(B) == sum(range(1, 41)) == -books.balance("issued")


def post_credit(session: Session, *, credit: ledger.Credit, legs: tuple[Leg, ...]) -> Posted:
    return ledger.post(session, credit.reason, kind=Kind.AWARD, legs=legs, now=NOW)


def test_fifty_points_go_out_fifty_times_spent_held_or_captured(books: Books) -> None:
    books.award("FM0001", 50)

    def spend(n: int) -> int:
        legs = pair(A, "redeemed:S01", 1)
        if n % 3:
            return isinstance(outcome(books, move(books, f"m:{n}", *legs)), Posted)
        held = outcome(books, hold(books, f"h:{n}", *legs))
        if isinstance(held, Posted) and n % 2:
            assert isinstance(outcome(books, capture(books, f"c:{n}", held.transfer_id)), Posted)
        return isinstance(held, Posted)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(spend, range(160))) == 50
    account = books.ask(ledger.account, address=A)
    assert account.posted - account.held_out == 0
    assert books.balance("redeemed:S01") == 50 - account.held_out


def test_of_concurrent_reversals_one_wins(books: Books) -> None:
    for n in range(12):
        spent = books.award("FM0001", 5, key=f"award:{n}")
        works = [reverse(books, f"reverse:{n}:{sender}", spent.transfer_id) for sender in range(4)]
        answers = at_once(books, works)
        assert sum(isinstance(answer, Posted) for answer in answers) == 1
        assert answers.count(ledger.AlreadyReversed) == 3
    assert books.balance(A) == 0


def test_a_hold_is_captured_released_or_expired_but_once(books: Books) -> None:
    books.award("FM0001", 100)
    ways: Counter[str] = Counter()
    for n in range(24):
        held = once(books, hold(books, f"h:{n}", *pair(A, B, 2))).transfer_id
        works: list[Callable[[Session], Any]] = [
            capture(books, f"c:{n}", held),
            release(books, f"r:{n}", held),
            lambda s: ledger.expire_holds(s, programme_id=PROGRAMME, now=LATER),
        ]
        random.Random(n).shuffle(works)
        answers = at_once(books, works)
        won = [a for a in answers if isinstance(a, Posted) or a == 1]
        lost = [a for a in answers if a is ledger.HoldResolved or a == 0]
        assert len(won) == 1, answers
        assert len(won) + len(lost) == 3, answers
        resolved = books.database.rows(
            "SELECT kind, actor FROM ledger_transfers WHERE pending_id = %(h)s", {"h": held}
        )
        assert len(resolved) == 1
        ways[resolved[0]["kind"] + resolved[0]["actor"]] += 1
    account = books.ask(ledger.account, address=A)
    assert (account.held_out, account.posted) == (0, 100 - 2 * ways["pledgesystem"])


def test_two_jobs_at_once_end_every_hold_and_every_lot_once(books: Books) -> None:
    for n in range(10):
        books.award("FM0001" if n % 2 else "FM0002", 3, SOON, f"award:{n}")
        once(books, hold(books, f"h:{n}", *pair(A if n % 2 else B, "issued", 1)))

    def job(session: Session) -> tuple[int, int]:
        holds = ledger.expire_holds(session, programme_id=PROGRAMME, now=LATER, limit=4)
        lots = ledger.expiring(session, programme_id=PROGRAMME, upto=SOON)
        return holds, ledger.expire(session, lots, programme_id=PROGRAMME, now=LATER)

    holds = points = 0
    for _ in range(4):
        for released, ended in at_once(books, [job] * 4):
            holds, points = holds + released, points + ended
    assert (holds, points) == (10, 30)
    assert books.balance("expired") == 30
    assert books.lots("FM0001") == books.lots("FM0002") == {}


# ---------------------------------------------------------------- closing


@pytest.mark.parametrize("kind", ["pot", "sink"])
def test_an_account_is_closed_or_posted_to_but_never_both(more: Books, kind: str) -> None:
    closed_at: dict[int, int] = {}

    def close(n: int) -> Callable[[Session], None]:
        asked = {"programme_id": PROGRAMME, "address": f"{kind}:{n}", "unit": PTS}
        return lambda s: ledger.close_account(s, now=NOW, **asked)

    for n in range(12):
        address = f"{kind}:{n}"
        into = [move(more, f"{kind}:{n}:{k}", *pair("issued", address, 1)) for k in range(3)]
        works = [*into, close(n), hold(more, f"h:{kind}:{n}", *pair("issued", address, 1))]
        random.Random(n).shuffle(works)
        answers = at_once(more, works)
        moved = sum(isinstance(answer, Posted) for answer in answers)
        assert set(answers) <= {None, ledger.ClosedAccount, ledger.AccountNotEmpty} | {
            answer for answer in answers if isinstance(answer, Posted)
        }
        if None in answers and kind == "pot":
            assert moved == 0, answers
        if None in answers:
            closed_at[n] = more.balance(address)
            again = move(more, f"{kind}:{n}:again", *pair("issued", address, 1))
            assert outcome(more, again) is ledger.ClosedAccount
    for n, stood in closed_at.items():
        assert more.balance(f"{kind}:{n}") == stood


def test_nothing_counts_for_a_month_once_its_closing_has_returned(books: Books) -> None:
    september, october = date(2025, 9, 30), date(2025, 10, 1)
    started, over = threading.Event(), threading.Event()

    def slow(n: int) -> Callable[[Session], Posted]:
        effective = september if n % 5 == 0 else None
        post = move(
            books, f"m:{n}", *pair("issued", A, 1), business_day=september, effective_on=effective
        )

        def work(session: Session) -> Posted:
            answer = post(session)
            session.execute(text("SELECT pg_sleep(0.01)"))  # on its way while the month closes
            return answer

        return work

    def send(first: int) -> list[Outcome]:
        answers = []
        for n in range(first, first + 400):
            if over.is_set() and len(answers) > 40:
                break
            answers.append(outcome(books, slow(n)))
            started.set()
        return answers

    def in_september() -> int:
        return count(books, "effective_on <= '2025-09-30'")

    with ThreadPoolExecutor(6) as threads:
        senders = [threads.submit(send, 1000 * n) for n in range(6)]
        started.wait()
        once(books, close_september)
        stood = in_september()
        over.set()
        answers = [answer for sender in senders for answer in sender.result()]
    assert in_september() == stood > 0
    assert ledger.PeriodClosed in answers
    assert set(answers) - {a for a in answers if isinstance(a, Posted)} == {ledger.PeriodClosed}
    days = {row["effective_on"] for row in books.database.rows(DAYS)}
    assert days == {september, october}
    assert {row["business_day"] for row in books.database.rows(DAYS)} == {september}


DAYS = "SELECT effective_on, business_day FROM ledger_transfers WHERE key LIKE 'm:%'"


def close_september(session: Session) -> None:
    ledger.close_period(
        session, programme_id=PROGRAMME, month=date(2025, 9, 1), actor="staff:1", now=NOW
    )


# ---------------------------------------------------------------- everything at once


def test_no_circle_of_waiting_under_random_load(more: Books) -> None:
    for who in ("FM0001", "FM0002"):
        more.award(who, 500, key=f"award:{who}")
    for n in range(5):
        once(more, move(more, f"pot:{n}", *pair("issued", f"pot:{n}", 200)))

    def work(seed: int) -> Counter[object]:
        rng = random.Random(seed)
        known: list[int] = []
        held: list[int] = []
        seen: Counter[object] = Counter()
        for n in range(60):
            task = some_task(more, rng, f"{seed}:{n}", known, held)
            answer = outcome(more, task)
            if isinstance(answer, Posted):
                (held if task.__name__ == "hold" else known).append(answer.transfer_id)
            seen[answer if isinstance(answer, type) else "done"] += 1
        return seen

    with ThreadPoolExecutor(8) as threads:
        seen = sum(threads.map(work, range(8)), Counter())
    assert seen["done"] > 200, seen
    assert set(seen) <= {
        "done", ledger.InsufficientPoints, ledger.AlreadyReversed, ledger.HoldResolved,
        ledger.PeriodClosed, ledger.NotReversible,
    }  # fmt: skip


def some_task(
    books: Books, rng: random.Random, key: str, known: list[int], held: list[int]
) -> Callable[[Session], Any]:
    """Return a random call; the one that holds is named so."""
    legs = some_legs(rng)
    settled = [held.pop(rng.randrange(len(held)))] if held else []
    tasks: list[Callable[[Session], Any]] = [
        *[move(books, key, *legs)] * 8,
        *[named_hold(books, key, legs)] * 3,
        *[locked(books, key, legs)] * 2,
        *[capture(books, key, one) for one in settled] * 2,
        *[release(books, key, one) for one in settled],
        *[reverse(books, key, rng.choice(known)) for _ in known[:1]] * 2,
        lambda s: ledger.expire_holds(s, programme_id=PROGRAMME, now=LATER, limit=3),
        seal,
        close_september,
    ]
    return rng.choice(tasks)


def some_legs(rng: random.Random) -> tuple[Leg, ...]:
    """Return two to four legs of points, often with two of yuan, in any order."""
    spots = [A, B, *(f"pot:{n}" for n in range(5)), "issued", "sink:0"]
    giver, *takers = rng.sample(spots, rng.randint(2, 4))
    legs = [Leg(giver, PTS, -5 * len(takers)), *(Leg(taker, PTS, 5) for taker in takers)]
    if rng.random() < 0.4:
        legs += [Leg(SHOP, CNY, -3), Leg("given-goods:S01", CNY, 3)]
    rng.shuffle(legs)
    return tuple(legs)


def named_hold(books: Books, key: str, legs: tuple[Leg, ...]) -> Callable[[Session], Posted]:
    task = hold(books, key, *legs)
    task.__name__ = "hold"
    return task


def locked(books: Books, key: str, legs: tuple[Leg, ...]) -> Callable[[Session], Posted]:
    """Return a posting whose accounts are locked beforehand, as slices do that read them first."""

    def work(session: Session) -> Posted:
        ledger.lock(session, programme_id=PROGRAMME, addresses=[leg.address for leg in legs])
        return move(books, key, *legs)(session)

    return work


# ---------------------------------------------------------------- reading meanwhile


@pytest.mark.parametrize("address", [A, "issued"])
def test_pages_hold_every_line_once_while_others_write(books: Books, address: str) -> None:
    for n in range(30):
        once(books, move(books, f"old:{n}", *pair("issued", A, 1)))
    account = books.ask(ledger.account, address=address)
    over = threading.Event()

    def write(sender: int) -> int:
        for n in range(500):
            if over.is_set():
                return n
            once(books, move(books, f"new:{sender}:{n}", *pair("issued", A, 1)))
        return 500

    def lines() -> set[int]:
        rows = books.database.rows(
            "SELECT seq FROM ledger_entries WHERE account_id = %(a)s", {"a": account.id}
        )
        return {row["seq"] for row in rows}

    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(write, sender) for sender in range(4)]
        for _ in range(6):
            before = lines()
            read = pages(books, account.id)
            assert len(read) == len(set(read))
            assert read == sorted(read, reverse=True)
            assert before <= set(read)
        over.set()
        written = sum(writer.result() for writer in writers)
    assert set(pages(books, account.id)) == lines()
    assert len(lines()) == 30 + written


def pages(books: Books, account_id: int) -> list[int]:
    """Read a whole statement, seven lines a page, each page in a transaction of its own."""
    found: list[int] = []
    while page := once(
        books,
        partial(ledger.statement, account_id=account_id, before=min(found, default=None), limit=7),
    ):
        found += [line.entry.seq for line in page]
    return found


def test_a_sink_is_counted_once_while_the_sealer_rolls_it_up(books: Books) -> None:
    for n in range(120):
        once(books, move(books, f"old:{n}", *pair("issued", A, 1)))
    over = threading.Event()

    def read() -> set[int]:
        found = set()
        while not over.is_set():
            found.add(books.balance("issued"))
        return found

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        while once(books, lambda s: seal(s, 7)):
            pass
        over.set()
        assert set.union(*(reader.result() for reader in readers)) == {-120}
    row = books.database.call(
        "SELECT posted, entries FROM ledger_accounts WHERE address = 'issued'"
    )
    assert row == {"posted": -120, "entries": 120}
