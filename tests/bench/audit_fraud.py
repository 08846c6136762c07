"""What is planted for every rule of the audit, and beside it what comes near and is honest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from tests.bench.audit_plants import Garden, at

Plant = Callable[[Garden], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One rule, what it must find, and what it must leave alone. Each says its subject."""

    rule: str
    frauds: tuple[Plant, ...]
    honest: tuple[Plant, ...]


def own_hand(garden: Garden) -> str:
    """A leader confirms himself."""
    leader = garden.person()
    garden.served(leader, leader, garden.day())
    return leader.subject


def another_hand(garden: Garden) -> str:
    """A leader is confirmed by the office."""
    leader = garden.person()
    garden.served(leader, leader, garden.day(), maker="staff:U-ADM", maker_id=None)
    return leader.subject


def twice_by_hand(garden: Garden, points: int = 30) -> str:
    """One maker, one person, one day: two awards that together pass the limit."""
    who, day = garden.person(), garden.day()
    garden.by_hand(who, points, day)
    later = {"claimed_from": at(day, 16), "claimed_to": at(day, 18)}
    garden.by_hand(who, points, day, **later)
    return who.subject


def twice_within(garden: Garden) -> str:
    """Two awards that together are just the limit."""
    return twice_by_hand(garden, 20)


def unseen(garden: Garden) -> str:
    """An award by hand that rests on nothing."""
    who = garden.person()
    garden.by_hand(who, 20, garden.day(), evidence_file_id=None)
    return who.subject


def seen(garden: Garden) -> str:
    """An award by hand for hours of which the gate knows."""
    who, day = garden.person(), garden.day()
    garden.stay(garden.occasion(day, who), who, at(day, 15, 1), at(day, 15, 59))
    garden.by_hand(who, 20, day, evidence_file_id=None)
    return who.subject


def just_under(garden: Garden, points: tuple[int, ...] = (38, 39, 40)) -> str:
    """One maker whose figures crowd under the limit."""
    people = [garden.person() for _ in points]
    home = people[0].community
    while any(one.community != home for one in people):
        people = [one if one.community == home else garden.person() for one in people]
    maker = f"staff:H{people[0].id}"
    for who, figure in zip(people, points, strict=True):
        garden.by_hand(who, figure, garden.day(), maker=maker)
    return maker


def now_and_then(garden: Garden) -> str:
    """One maker with two high figures and a lower one."""
    return just_under(garden, (38, 40, 35))


def serving_and_shopping(garden: Garden, minute: int = -1) -> str:
    """Somebody buys while serving."""
    who, leader, day = garden.person(), garden.person(), garden.day()
    garden.served(who, leader, day)
    garden.sale(who, garden.shop(), at(day, 11) + timedelta(minutes=minute))
    return who.subject


def shopping_after(garden: Garden) -> str:
    """Somebody buys as soon as the service has ended."""
    return serving_and_shopping(garden, 0)


def two_places(garden: Garden) -> str:
    """Somebody serves at two places at once."""
    who, day = garden.person(), garden.day()
    for _ in range(2):
        garden.served(who, garden.person(), day)
    return who.subject


def before_the_gate(garden: Garden, minute: int = 29) -> str:
    """A stay that begins before the gate opens."""
    who, day = garden.person(), garden.day()
    garden.served(who, garden.person(), day, came=at(day, 8, minute))
    return who.subject


def at_the_gate(garden: Garden) -> str:
    """A stay that begins when the gate opens."""
    return before_the_gate(garden, 30)


def pile(garden: Garden, apart_ms: int = 2_500) -> str:
    """A pile of booklets in one hand."""
    leader, day = garden.person(), garden.day()
    activity = garden.occasion(day, leader)
    for place in range(12):
        moment = at(day, 8, 50) + timedelta(milliseconds=apart_ms * place)
        garden.add(
            "activities_scans", activity_id=activity, volunteer_id=place + 1, action="in",
            way="C1", code_hash=b"x", status="ok", already=False, effective_at=moment,
            actor=leader.subject, nonce=f"{activity}-{place}", occurred_at=moment,
            received_at=moment, offline=False, assurance="A2", moment=moment,
        )  # fmt: skip
    return f"activity:Y{activity}"


def queue(garden: Garden) -> str:
    """A queue that moves fast."""
    return pile(garden, 4_000)


def same_second(garden: Garden, apart: int = 0) -> str:
    """Three people who came and went at the same second."""
    leader, day = garden.person(), garden.day()
    activity = garden.occasion(day, leader)
    for place in range(3):
        later = timedelta(seconds=place * apart)
        garden.stay(activity, garden.person(), at(day, 8, 51) + later, at(day, 11, 7) + later)
    return f"activity:Y{activity}"


def next_second(garden: Garden) -> str:
    """Three people who came and went right after each other."""
    return same_second(garden, 1)


def own_household(garden: Garden) -> str:
    """A leader confirms a ward."""
    leader = garden.person()
    ward = garden.person(guardian=leader)
    garden.served(ward, leader, garden.day())
    return ward.subject


def others_household(garden: Garden) -> str:
    """A ward is confirmed by somebody else."""
    ward = garden.person(guardian=garden.person())
    garden.served(ward, garden.person(), garden.day())
    return ward.subject


def favours(garden: Garden, returned: int = 3) -> str:
    """Two who confirm each other."""
    one, other = garden.person(), garden.person()
    days = garden.chance.sample(range(3, 29), 3 + returned)
    for place, day in enumerate(days):
        pair = (one, other) if place < 3 else (other, one)
        garden.served(*pair, date(2025, 10, day))
    return min(one.subject, other.subject)


def fewer_favours(garden: Garden) -> str:
    """Two of whom one returned the favour only twice."""
    return favours(garden, 2)


def at_night(garden: Garden, hour: int = 23, minute: int = 30) -> str:
    """A sale when no shop is open."""
    shop = garden.shop()
    garden.sale(garden.person(), shop, at(garden.day(), hour, minute))
    return shop.subject


def flagged(garden: Garden) -> str:
    """A sale without network outside the good's own hours."""
    shop = garden.shop(hours=(time(9), time(12)))
    garden.sale(garden.person(), shop, at(garden.day(), 13), flags=["off_hours"], offline=True)
    return shop.subject


def before_closing(garden: Garden) -> str:
    """A sale in the last minute of the day."""
    return at_night(garden, 21, 59)


def night_shop(garden: Garden) -> str:
    """A sale at night of a good that is given at night."""
    shop = garden.shop(hours=(time(20), time(23, 59)))
    garden.sale(garden.person(), shop, at(garden.day(), 23, 30))
    return shop.subject


def again(garden: Garden, minutes: int = 59) -> str:
    """The same good again within the hour."""
    who, shop, day = garden.person(), garden.shop(), garden.day()
    for late in (0, minutes):
        garden.sale(who, shop, at(day, 15) + timedelta(minutes=late))
    return who.subject


def later_again(garden: Garden) -> str:
    """The same good again after the hour."""
    return again(garden, 61)


def voided(garden: Garden, *minutes: int) -> str:
    """Sales of one till on one day, each voided after so many minutes."""
    shop, day = garden.shop(), garden.day()
    for place, after in enumerate(minutes):
        who, moment = garden.person(), at(day, 13 + place)
        sold = garden.sale(who, shop, moment)
        garden.void(who, shop, sold, moment + timedelta(minutes=after))
    return shop.subject


def void_too_late(garden: Garden) -> str:
    """A void that we were told of after the window."""
    return voided(garden, 31 + garden.chance.randrange(60))


def slow_voids(garden: Garden) -> str:
    """Three voids that came late within the window."""
    return voided(garden, 21, 28, 30)


def quick_voids(garden: Garden) -> str:
    """Slips that were put right soon, and two that took longer."""
    return voided(garden, 1, 9, 19, 25, 30)


def own_shop(garden: Garden, *, elsewhere: bool = False) -> str:
    """An owner's own pass at the own till."""
    shop, who = garden.shop(), garden.person()
    staff = garden.add(
        "people_staff", code=f"O{who.id}", title="Owner", volunteer_id=who.id, active=True
    )
    office = {"staff_id": staff, "role": "shop_owner", "scope_code": shop.code}
    garden.rows["people_roles"].append(office)
    sold_in = garden.shop() if elsewhere else shop
    garden.sale(who, sold_in, at(garden.day(), 16))
    return sold_in.subject


def others_shop(garden: Garden) -> str:
    """An owner who buys at another's."""
    return own_shop(garden, elsewhere=True)


def waking(garden: Garden, slept: int = 180) -> str:
    """A booklet that spends after half a year."""
    day = garden.day()
    who = garden.person(fund=day - timedelta(days=slept))
    garden.sale(who, garden.shop(), at(day, 16))
    return who.subject


def filled_and_spent(garden: Garden) -> str:
    """A booklet that slept, is filled by hand, and spends."""
    day = garden.day()
    who = garden.person(fund=date(2025, 1, 20))
    garden.by_hand(who, 20, day - timedelta(days=1))
    garden.sale(who, garden.shop(), at(day, 16))
    return who.subject


def nearly_asleep(garden: Garden) -> str:
    """A booklet that spends one day before half a year is over."""
    return waking(garden, 179)


def spree(garden: Garden, minutes: int = 30, times: int = 3) -> str:
    """Award and sale in the same shop within the hour, again and again."""
    who, leader, shop = garden.person(), garden.person(), garden.shop()
    for day in garden.chance.sample(range(3, 29), times):
        garden.served(who, leader, date(2025, 10, day))
        garden.sale(who, shop, at(date(2025, 10, day), 12) + timedelta(minutes=minutes))
    return who.subject


def slow_spree(garden: Garden) -> str:
    """Sales after more than an hour."""
    return spree(garden, 61)


def two_sprees(garden: Garden) -> str:
    """Sales within the hour, but only two."""
    return spree(garden, 5, 2)


def short_books(garden: Garden) -> str:
    """A shelf that has a piece less than the books say."""
    shop = garden.shop()
    garden.sale(garden.person(), shop, at(garden.day(), 16))
    garden.stock(shop, -1)
    return shop.subject


def counted(garden: Garden, found: int = 98) -> str:
    """A shelf that somebody counted."""
    shop, day = garden.shop(), garden.day()
    garden.add(
        "shops_counts", good_id=shop.id, key=f"X{shop.id}", counted=found, expected=100, note="",
        actor=f"device:{shop.id}", at=at(day, 20),
    )  # fmt: skip
    return shop.subject


def counted_right(garden: Garden) -> str:
    """A shelf that has what the books say, after a sale and a void."""
    voided(garden, 5)
    return counted(garden, 100)


def over_pledge(garden: Garden, pieces: int = 1) -> str:
    """A shop that gives more than it pledged."""
    shop, day = garden.shop(pieces=pieces), garden.day()
    for hour in (14, 17):
        garden.sale(garden.person(), shop, at(day, hour))
    return shop.subject


def whole_pledge(garden: Garden) -> str:
    """A shop that gives the last piece it pledged."""
    return over_pledge(garden, 2)


def uncovered(garden: Garden) -> str:
    """More points than anybody has pledged for; once for the whole programme."""
    who = garden.person()
    points = 1_000 * garden.year.volunteers
    garden.transfer(
        "open", f"huge:{who.code}", at(garden.day(), 9), [(1, -points), (who.id, points)]
    )
    return "programme:BE"


KINDS = (
    Kind("self_confirmation", (own_hand,), (another_hand,)),
    Kind("manual_same_maker_same_day_over_limit", (twice_by_hand,), (twice_within,)),
    Kind("no_attendance_evidence", (unseen,), (seen,)),
    Kind("just_under_limit", (just_under,), (now_and_then,)),
    Kind("conflicts_with_other_event", (serving_and_shopping, two_places), (shopping_after,)),
    Kind("hours_outside_window", (before_the_gate,), (at_the_gate,)),
    Kind("stack_scanning", (pile,), (queue,)),
    Kind("identical_minutes", (same_second,), (next_second,)),
    Kind("leaders_household", (own_household,), (others_household,)),
    Kind("reciprocal_leaders", (favours,), (fewer_favours,)),
    Kind("off_hours_redemption", (at_night, flagged), (before_closing, night_shop)),
    Kind("same_good_within_the_hour", (again,), (later_again,)),
    Kind("late_void", (void_too_late, slow_voids), (quick_voids,)),
    Kind("clerk_own_pass", (own_shop,), (others_shop,)),
    Kind("dormant_booklet_wakes", (waking, filled_and_spent), (nearly_asleep,)),
    Kind("spends_award_at_once", (spree,), (slow_spree, two_sprees)),
    Kind("stock_does_not_foot", (short_books, counted), (counted_right,)),
    Kind("pledge_over", (over_pledge,), (whole_pledge,)),
    Kind("points_beyond_pledges", (uncovered,), ()),
)


def plant(garden: Garden, each: int) -> set[tuple[str, str]]:
    """Plant so many of every kind, honest ones beside them; return which rule names whom."""
    wanted = set()
    for kind in KINDS:
        once = kind.frauds == (uncovered,)
        for _ in range(1 if once else each):
            wanted |= {(kind.rule, fraud(garden)) for fraud in kind.frauds}
            for harmless in kind.honest:
                harmless(garden)
    return wanted
