"""What must agree between the parts of a data set. Pure; every fault is found, none stops."""

from collections.abc import Iterable, Iterator
from typing import Any

from service.i18n import N_
from service.people import Role, age_floor
from service.programmes import ZERO
from service.seed.faults import Fault, pointer

Data = dict[str, Any]
ADULT_YEARS, ACCOUNT_YEARS = 18, 14
UNKNOWN = N_("{code} is not defined in this file.")


def judge(data: Data) -> Iterator[Fault]:
    """Yield every fault between the parts."""
    known = Known(data)
    for check in (
        judge_ids,
        judge_organisation,
        judge_staff,
        judge_rules,
        judge_templates,
        judge_teams,
        judge_shops,
        judge_volunteers,
        judge_activities,
        judge_booklets,
    ):
        yield from check(data, known)


class Known:
    """The ids that a data set defines."""

    def __init__(self, data: Data) -> None:
        self.communities = ids(data["org"]["communities"])
        self.associations = ids(associations(data))
        self.teams = ids(data["teams"])
        self.shops = ids(data["shops"])
        self.templates = ids(data["activity_templates"])
        self.volunteers = {row["code"]: row for row in data["volunteers"]}
        rates = {rate["code"] for rate in data["rules"]["rates_points_per_hour"]}
        self.rules = rates | {ZERO} | set(data["rules"]["zero_point_kinds"])


def ids(rows: Iterable[Data]) -> set[str]:
    """Return the ids of a list."""
    return {row["id"] for row in rows}


def associations(data: Data) -> list[Data]:
    """Return the associations, whether one is stated or several."""
    one = data["org"]["association"]
    return [*([one] if one else []), *data["org"]["associations"]]


def unknown(code: str | None, known: Iterable[str], *steps: object) -> Iterator[Fault]:
    """Yield a fault when something is named that nothing defines."""
    if code is not None and code not in known:
        yield Fault(pointer(*steps), UNKNOWN, {"code": code})


def repeated(rows: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Yield a fault for each id that stands again; URLs and people do not tell case apart."""
    seen: set[str] = set()
    for where, code in rows:
        if code.casefold() in seen:
            yield Fault(where, N_("{code} stands twice."), {"code": code})
        seen.add(code.casefold())


def judge_ids(data: Data, known: Known) -> Iterator[Fault]:
    """Every id stands once in its list; goods once among all shops."""
    for key in ("staff", "activity_templates", "teams", "shops", "activities"):
        yield from repeated((pointer(key, at, "id"), row["id"]) for at, row in enumerate(data[key]))
    yield from repeated(
        (pointer("volunteers", at, "code"), row["code"])
        for at, row in enumerate(data["volunteers"])
    )
    yield from repeated(
        (pointer("shops", at, "goods", number, "id"), good["id"])
        for at, shop in enumerate(data["shops"])
        for number, good in enumerate(shop["goods"])
    )


def judge_organisation(data: Data, known: Known) -> Iterator[Fault]:
    """Units have different ids; associations stand in a community of the file."""
    org = data["org"]
    units = [("/org/subdistrict/id", org["subdistrict"]["id"])]
    if org["district"]:
        units.append(("/org/district/code", org["district"]["code"]))
    for at, row in enumerate(org["communities"]):
        units.append((pointer("org", "communities", at, "id"), row["id"]))
    yield from repeated(units)
    if org["association"]:
        stated = org["association"]["community"]
        yield from unknown(stated, known.communities, "org", "association", "community")
    for at, row in enumerate(org["associations"]):
        place = ("org", "associations", at)
        yield from unknown(row["community"], known.communities, *place, "community")
    yield from repeated(("/org/associations", row["id"]) for row in associations(data))


def judge_staff(data: Data, known: Known) -> Iterator[Fault]:
    """Staff stand in known communities; an owner owns a known shop."""
    for at, row in enumerate(data["staff"]):
        yield from unknown(row["community"], known.communities, "staff", at, "community")
        yield from unknown(row["shop"], known.shops, "staff", at, "shop")
        yield from unknown(row["volunteer"], known.volunteers, "staff", at, "volunteer")
        if row["role"] == Role.OWNER and row["shop"] is None:
            yield Fault(pointer("staff", at, "shop"), N_("A shop's owner needs the shop."))


def judge_rules(data: Data, known: Known) -> Iterator[Fault]:
    """Rates, tiers and stars stand once; a rule set does not end before it begins."""
    rules = data["rules"]
    last = rules["effective_to"]
    if last is not None and last < rules["effective_from"]:
        yield Fault("/rules/effective_to", N_("This lies before the first day."))
    lists = (("rates_points_per_hour", "code"), ("tiers_by_lifetime_points", "min"))
    for key, column in (*lists, ("tiers_by_lifetime_points", "tier"), ("stars_by_hours", "star")):
        yield from repeated(
            (pointer("rules", key, at, column), str(row[column]))
            for at, row in enumerate(rules.get(key, ()))
        )


def judge_templates(data: Data, known: Known) -> Iterator[Fault]:
    """A kind of activity earns by a rate of the rule set, or nothing."""
    for at, row in enumerate(data["activity_templates"]):
        yield from unknown(row["rule"], known.rules, "activity_templates", at, "rule")


def judge_teams(data: Data, known: Known) -> Iterator[Fault]:
    """Teams stand in known communities."""
    for at, row in enumerate(data["teams"]):
        yield from unknown(row["community"], known.communities, "teams", at, "community")
        yield from unknown(row["default_rule"], known.rules, "teams", at, "default_rule")
        yield from unknown(row["leader"], known.volunteers, "teams", at, "leader")
        if row["leader"] in known.volunteers and not leads(data, row):
            yield Fault(pointer("teams", at, "leader"), N_("A leader is an adult of the team."))


def leads(data: Data, team: Data) -> bool:
    """Tell whether a team's leader is one of its own, and of age."""
    return any(
        one["code"] == team["leader"]
        and one["team"] == team["id"]
        and age_floor(one["age_band"]) >= ADULT_YEARS
        for one in data["volunteers"]
    )


def judge_shops(data: Data, known: Known) -> Iterator[Fault]:
    """Shops stand in known communities and associations."""
    for at, row in enumerate(data["shops"]):
        yield from unknown(row["community"], known.communities, "shops", at, "community")
        if row["association"] is not None:
            yield from unknown(row["association"], known.associations, "shops", at, "association")


def judge_volunteers(data: Data, known: Known) -> Iterator[Fault]:
    """Volunteers belong somewhere, minors have a guardian, and the opening figures add up."""
    for at, row in enumerate(data["volunteers"]):
        for what, names in (("community", known.communities), ("team", known.teams)):
            yield from unknown(row[what], names, "volunteers", at, what)
        for check in (judge_age, judge_opening, judge_hours):
            yield from check(row, known, pointer("volunteers", at))


def judge_age(row: Data, known: Known, at: str) -> Iterator[Fault]:
    """Under 14 there is no account; from 14 to 17 a guardian is named, and is an adult."""
    guardian = row["guardian"]
    if guardian is not None and guardian not in known.volunteers:
        yield Fault(f"{at}/guardian", UNKNOWN, {"code": guardian})
    elif guardian is not None and not adult(known.volunteers[guardian]):
        yield Fault(
            f"{at}/guardian", N_("The guardian {code} is not an adult."), {"code": guardian}
        )
    if age_floor(row["age_band"]) < ACCOUNT_YEARS:
        yield Fault(f"{at}/age_band", N_("Nobody under 14 has an account."))
    elif not adult(row) and guardian is None and not row["guardian_consent"]:
        yield Fault(f"{at}/guardian", N_("A volunteer under 18 needs a guardian."))


def adult(row: Data) -> bool:
    """Whether a volunteer's whole age band is 18 or above."""
    return age_floor(row["age_band"]) >= ADULT_YEARS


def judge_opening(row: Data, known: Known, at: str) -> Iterator[Fault]:
    """The balance is not negative, not above the lifetime, and the sum of its lots."""
    balance, lots = row["opening_balance"], row["opening_lots"]
    if balance < 0:
        yield Fault(f"{at}/opening_balance", N_("An opening balance cannot be negative."))
    if row["opening_lifetime"] is not None and balance > row["opening_lifetime"]:
        message = N_("The balance {balance} is more than was ever earned, {lifetime}.")
        params = {"balance": balance, "lifetime": row["opening_lifetime"]}
        yield Fault(f"{at}/opening_lifetime", message, params)
    total = sum(lot["points"] for lot in lots)
    if lots and total != balance:
        message = N_("The lots sum to {total}, the balance is {balance}.")
        yield Fault(f"{at}/opening_lots", message, {"total": total, "balance": balance})


def judge_hours(row: Data, known: Known, at: str) -> Iterator[Fault]:
    """Hours are whole minutes."""
    if row["opening_hours"] * 60 % 1:
        yield Fault(f"{at}/opening_hours", N_("Hours must be a whole number of minutes."))


def judge_activities(data: Data, known: Known) -> Iterator[Fault]:
    """Activities name what exists, and the places suffice for those who signed up."""
    for at, row in enumerate(data["activities"]):
        where = pointer("activities", at)
        for what, names in (
            ("template", known.templates),
            ("team", known.teams),
            ("community", known.communities),
        ):
            yield from unknown(row[what], names, "activities", at, what)
        yield from unknown(row["leader"], known.volunteers, "activities", at, "leader")
        for check in (judge_signups, judge_places):
            yield from check(row, known, where)
        yield from judge_time(row, data["rules"], where)


def judge_time(row: Data, rules: Data, at: str) -> Iterator[Fault]:
    """An activity takes some time, on a day on which the rules are in force."""
    if row["start"] == row["end"]:
        yield Fault(f"{at}/end", N_("The end is the start."))
    last = rules["effective_to"] or row["date"]
    if not rules["effective_from"] <= row["date"] <= last:
        yield Fault(f"{at}/date", N_("The rules are not in force on this day."))


def judge_signups(row: Data, known: Known, at: str) -> Iterator[Fault]:
    """Who signed up or waits is known and stands in one line, once; the helped are among them."""
    lines = [
        (f"{at}/{key}/{number}", volunteer)
        for key in ("signups", "waitlist")
        for number, volunteer in enumerate(row[key])
    ]
    listed = {volunteer for _, volunteer in lines}
    for place, volunteer in lines:
        if volunteer not in known.volunteers:
            yield Fault(place, UNKNOWN, {"code": volunteer})
    yield from repeated(lines)
    for number, volunteer in enumerate(row["assisted_signups"]):
        if volunteer not in listed:
            message = N_("{code} is not among those who signed up.")
            yield Fault(f"{at}/assisted_signups/{number}", message, {"code": volunteer})


def judge_places(row: Data, known: Known, at: str) -> Iterator[Fault]:
    """The capacity is stated, by itself or by its posts, and is not exceeded."""
    posts, capacity = row["posts"], row["capacity"]
    total = sum(post["capacity"] for post in posts) if posts else capacity
    if total is None:
        yield Fault(f"{at}/capacity", N_("State the capacity, or posts with theirs."))
    elif len(row["signups"]) > total:
        params = {"count": len(row["signups"]), "capacity": total}
        yield Fault(f"{at}/signups", N_("{count} signed up for {capacity} places."), params)
    for number, post in enumerate(posts):
        if post["rule"] is not None and post["rule"] not in known.rules:
            params = {"code": post["rule"]}
            yield Fault(f"{at}/posts/{number}/rule", UNKNOWN, params)


def judge_booklets(data: Data, known: Known) -> Iterator[Fault]:
    """Ranges lie in known communities, do not overlap, and make up the total."""
    ranges = data["booklets"]["ranges"]
    for at, row in enumerate(ranges):
        place = ("booklets", "ranges", at)
        yield from unknown(row["community"], known.communities, *place, "community")
        if row["to"] < row["from_"]:
            yield Fault(pointer(*place, "to"), N_("The range ends before it begins."))
        if any(overlaps(row, other) for other in ranges[:at]):
            yield Fault(pointer(*place), N_("These booklets stand in another range too."))
    total, count = data["booklets"]["total"], sum(row["to"] - row["from_"] + 1 for row in ranges)
    if total is not None and ranges and total != count:
        message = N_("The ranges hold {count} booklets, the total is {total}.")
        yield Fault("/booklets/total", message, {"count": count, "total": total})


def overlaps(one: Data, other: Data) -> bool:
    """Whether two ranges have a booklet in common."""
    same = one["prefix"] == other["prefix"]
    return bool(same and one["from_"] <= other["to"] and other["from_"] <= one["to"])
