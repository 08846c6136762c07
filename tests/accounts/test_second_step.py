"""The second step: codes of an app, passkeys, codes on paper; each is used up by its first use."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from service import accounts, people
from service.accounts import Asker, Shown, Site
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD

HERE = Asker("192.0.2.1", "Chrome · Windows")
SITE = Site("aixin.example", "https://aixin.example")
SECONDS = int(NOON.timestamp())


@pytest.fixture
def built(database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def app(database, built):
    """The app of R-EA, added a minute ago."""
    return enrol(database)[0]


def staff_id(database, code):
    return database.atomic(lambda s: people.staff(s, code).id)


def enrol(database, code="R-EA", *, opens=False, seconds=SECONDS - 60):
    """Add an app to an account; return it with the outcome."""
    own = staff_id(database, code)

    def begun(session):
        token = accounts.begin_adding(session, staff_id=own, device="x", opens=opens, now=NOON)
        session.flush()
        half = accounts.pending(session, token=token, purposes=["enrol"], now=NOON)
        return token, pyotp.TOTP(accounts.app_secret(session, half=half))

    token, app = database.atomic(begun)
    shown = Shown(code=app.at(seconds), seconds=seconds)
    return app, database.atomic(
        lambda s: accounts.add(s, token=token, shown=shown, site=SITE, now=NOON)
    )


def half(database, login="R-EA", *, strict=False, now=NOON):
    return accounts.begin(
        database, login=login, password=PASSWORD, asker=HERE, strict=strict, now=now
    )


def finish(database, token, code, *, seconds=SECONDS, now=NOON, asker=HERE):
    shown = Shown(code=code, seconds=seconds)
    return accounts.finish(database, token=token, shown=shown, site=SITE, asker=asker, now=now)


def refused(database, token, code, **others):
    with pytest.raises(accounts.WrongCode) as caught:
        finish(database, token, code, **others)
    return str(caught.value)


def at_once(work, times=2):
    def tried(_):
        try:
            return work()
        except (accounts.WrongCode, accounts.SignInOver) as refusal:
            return refusal

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(tried, range(times)))


def test_with_a_second_factor_the_password_opens_nothing(database, app):
    step = half(database)
    assert step.state == "second"
    assert people.resolve_token(database, step.token, now=NOON) is None
    done = finish(database, step.token, app.at(SECONDS))
    caller = people.resolve_token(database, done.token, now=NOON)
    assert (caller.code, caller.strong) == ("R-EA", True)


def test_a_code_works_once(database, app):
    finish(database, half(database).token, app.at(SECONDS))
    refused(database, half(database).token, app.at(SECONDS))
    refused(database, half(database).token, app.at(SECONDS - 30))  # and all before it
    assert finish(database, half(database).token, app.at(SECONDS + 30)).state == "open"


def test_the_code_that_added_the_app_is_used_up_too(database, built):
    app, _ = enrol(database, seconds=SECONDS)
    refused(database, half(database).token, app.at(SECONDS))


def test_the_same_code_twice_at_once_opens_one_session(database, app, admin):
    for turn in range(5):
        seconds = SECONDS + turn * 30
        tokens = [half(database).token for _ in range(2)]
        code = app.at(seconds)
        done = at_once(lambda: finish(database, tokens.pop(), code, seconds=seconds))  # noqa: B023
        assert sum(isinstance(one, accounts.Step) for one in done) == 1, turn
    assert admin.execute("SELECT count(*) FROM people_sessions").fetchone()[0] == 5


def test_one_half_of_a_sign_in_opens_one_session(database, built, admin):
    codes = list(enrol(database)[1].codes)
    token = half(database).token
    done = at_once(lambda: finish(database, token, codes.pop()))
    assert sum(isinstance(one, accounts.Step) for one in done) == 1
    assert admin.execute("SELECT count(*) FROM people_sessions").fetchone()[0] == 1


def test_ten_codes_come_with_the_first_factor_and_each_works_once(database, built, admin):
    _, added = enrol(database)
    assert len(set(added.codes)) == 10
    assert all(re.fullmatch(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", code) for code in added.codes)
    kept = str(admin.execute("SELECT c::text FROM accounts_recovery_codes c").fetchall())
    assert not any(code in kept or code.replace("-", "") in kept for code in added.codes)
    code = added.codes[3].lower()
    assert finish(database, half(database).token, code).state == "open"
    refused(database, half(database).token, code)
    left = database.atomic(lambda s: accounts.codes_left(s, staff_id=people.staff(s, "R-EA").id))
    assert left == 9


def test_the_same_recovery_code_twice_at_once_opens_one_session(database, built):
    _, added = enrol(database)
    for code in added.codes[:5]:
        tokens = [half(database).token for _ in range(2)]
        done = at_once(lambda: finish(database, tokens.pop(), code))  # noqa: B023
        assert sum(isinstance(one, accounts.Step) for one in done) == 1, code


def test_a_second_app_brings_no_new_codes(database, app):
    assert enrol(database)[1].codes == ()


def test_anothers_code_and_anothers_secret_open_nothing(database, built):
    app, added = enrol(database, "R-WE")
    enrol(database, "R-EA")
    token = half(database).token
    refused(database, token, added.codes[0])
    refused(database, token, app.at(SECONDS))


@pytest.mark.parametrize("code", ["", "000000", "x", "1" * 200, "ＡＢＣＤ", "é" * 16])
def test_what_is_no_code_is_refused_in_one_way(database, app, code):
    assert refused(database, half(database).token, code) == str(accounts.WrongCode())


def test_five_wrong_codes_wait_however_many_sign_ins_they_are_spread_over(database, app, admin):
    for _ in range(5):
        refused(database, half(database).token, "000000")
    refused(database, half(database).token, app.at(SECONDS))
    noted = "SELECT subject, detail->>'kind' FROM trail_records WHERE action = 'session.wait'"
    assert admin.execute(noted).fetchall() == [("staff:R-EA", "second")]
    later = NOON + timedelta(seconds=31)
    token = half(database, now=later).token
    assert finish(database, token, app.at(SECONDS + 30), now=later).state == "open"


def test_a_refused_try_uses_nothing_up(database, built):
    added = enrol(database)[1]
    for _ in range(5):
        refused(database, half(database).token, "000000")
    refused(database, half(database).token, added.codes[0])  # right, but it waits
    later = NOON + timedelta(seconds=31)
    assert finish(database, half(database, now=later).token, added.codes[0], now=later)


@pytest.mark.parametrize("minutes", [5, 60])
def test_a_half_sign_in_is_over_after_five_minutes(database, app, minutes):
    token = half(database).token
    with pytest.raises(accounts.SignInOver):
        finish(database, token, app.at(SECONDS), now=NOON + timedelta(minutes=minutes))


def test_a_half_sign_in_for_one_step_is_none_for_another(database, app):
    token = half(database).token
    shown = Shown(code=app.at(SECONDS), seconds=SECONDS)
    with pytest.raises(accounts.SignInOver):
        database.atomic(lambda s: accounts.add(s, token=token, shown=shown, site=SITE, now=NOON))
    with pytest.raises(accounts.SignInOver):
        finish(database, "x" * 43, app.at(SECONDS))


def test_an_apps_secret_is_sealed_and_opens_for_its_owner_alone(database, app, admin):
    kept = str(admin.execute("SELECT f::text FROM accounts_factors f").fetchall())
    kept += str(admin.execute("SELECT p::text FROM accounts_pending p").fetchall())
    assert app.secret not in kept
    assert app.secret.encode().hex() not in kept
    enrol(database, "R-WE")
    admin.execute(
        "UPDATE accounts_factors SET secret = (SELECT secret FROM accounts_factors ORDER BY id"
        " LIMIT 1) WHERE staff_id = (SELECT id FROM people_staff WHERE code = 'R-WE')"
    )
    from service.sealing import SealBroken

    with pytest.raises(SealBroken):
        finish(database, half(database, "R-WE").token, app.at(SECONDS))


def test_an_office_that_asks_for_it_is_led_to_a_second_factor(database, built):
    step = half(database, "AUD", strict=True)
    assert step.state == "enrol"
    assert people.resolve_token(database, step.token, now=NOON) is None
    assert half(database, "AUD").state == "open"  # practice, where nothing is at stake
    assert half(database, "R-EA", strict=True).state == "open"
    _, added = enrol(database, "AUD", opens=True)
    assert people.resolve_token(database, added.step.token, now=NOON).strong
    assert half(database, "AUD", strict=True).state == "second"


def remove(database, code, *, strict):
    def work(session):
        own = people.staff(session, code)
        held = accounts.factors(session, staff_id=own.id)[0].id
        accounts.remove(session, staff=own, factor_id=held, strict=strict, now=NOON)

    database.atomic(work)


def test_the_last_factor_of_such_an_office_stays(database, built):
    enrol(database, "AUD")
    with pytest.raises(accounts.LastFactor):
        remove(database, "AUD", strict=True)
    enrol(database, "AUD")
    remove(database, "AUD", strict=True)
    with pytest.raises(accounts.LastFactor):
        remove(database, "AUD", strict=True)


def test_two_removals_at_once_leave_one(database, built):
    for _ in range(3):
        enrol(database, "AUD")
        enrol(database, "AUD")

        def taken():
            try:
                remove(database, "AUD", strict=True)
            except (accounts.LastFactor, accounts.UnknownFactor):
                return None
            return "gone"

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: taken(), range(4)))
        own = staff_id(database, "AUD")
        assert len(database.atomic(lambda s: accounts.factors(s, staff_id=own))) >= 1  # noqa: B023


def test_with_the_last_factor_the_codes_on_paper_go(database, app, admin):
    remove(database, "R-EA", strict=False)
    assert admin.execute("SELECT count(*) FROM accounts_recovery_codes").fetchone()[0] == 0
    assert half(database).state == "open"


def test_nobody_removes_anothers_factor(database, app):
    held = database.atomic(lambda s: accounts.factors(s, staff_id=people.staff(s, "R-EA").id)[0].id)

    def work(session):
        other = people.staff(session, "R-WE")
        accounts.remove(session, staff=other, factor_id=held, strict=False, now=NOON)

    with pytest.raises(accounts.UnknownFactor):
        database.atomic(work)


def test_everything_is_noted_and_no_secret_is(database, built, admin):
    app, added = enrol(database)
    finish(database, half(database).token, app.at(SECONDS))
    finish(database, half(database).token, added.codes[0])
    remove(database, "R-EA", strict=False)
    rows = admin.execute(
        "SELECT action, detail->>'factor' FROM trail_records ORDER BY id"
    ).fetchall()
    assert rows == [
        ("factor.add", None), ("factor.codes", None), ("session.open", "totp"),
        ("session.open", "recovery"), ("factor.remove", None),
    ]  # fmt: skip
    said = str(admin.execute("SELECT r::text FROM trail_records r").fetchall())
    assert app.secret not in said
    assert not any(code in said for code in added.codes)


def test_an_apps_secret_moves_to_the_newest_key(database, app, settings, admin):
    from service import resealing
    from service.db import Database
    from service.sealing import Sealer, SealingKey

    new, old = SealingKey.generate(), settings.sealer.newest
    both = Database(settings.database_url, sealer=Sealer([new, old]))
    assert both.atomic(resealing.key_ids)[old.key_id.hex()] >= 1
    resealing.rotate(both, told=lambda *_: None)
    assert both.atomic(accounts.key_ids) == {new.key_id.hex(): 1}
    alone = Database(settings.database_url, sealer=Sealer([new]))
    assert finish(alone, half(alone).token, app.at(SECONDS)).state == "open"
    both.close()
    alone.close()


def test_what_nobody_waits_for_is_deleted(database, app, admin):
    half(database)
    for days, kept in ((1, (1, 1)), (3, (0, 0))):
        accounts.forget_tries(database, now=NOON + timedelta(days=days))
        tables = ("accounts_tries", "accounts_pending")
        found = [admin.execute(f"SELECT count(*) > 0 FROM {one}").fetchone()[0] for one in tables]
        assert tuple(map(int, found)) == kept
