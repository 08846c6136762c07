"""Associations, shops, goods and pledges of a data set, and a sign-in for each owner."""

from sqlmodel import Session

from service import people, shops
from service.clock import business_day
from service.people import Role
from service.seed.reading import Data
from service.seed.references import associations
from service.seed.town import ACTOR, Loader, Town, unit_id

NO_DISCOUNT = {"max_pct": 0, "per_bill_cap_fen": 0}


def open_shops(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Admit every shop to its association, and employ its owner."""
    found = {
        row["id"]: shops.add_association(
            session, programme_id=town.programme_id, code=row["id"], name=row["name"]
        )
        for row in members_of(data)
    }
    homes = {row["id"]: row["community"] for row in members_of(data)}
    first = next(iter(found), "")
    secret = people.hash_password(people.DEMO_PASSWORD) if loader.demo else None
    for row in data["shops"]:
        code = row["association"] or first
        community_id = unit_id(town, row["community"] or homes[code])
        shops.admit(
            session,
            admission(row, community_id),
            association=found[code],
            actor=ACTOR,
            business_day=business_day(town.opened_at),
            now=loader.now,
        )
        employ_owner(session, row, community_id, secret)


def members_of(data: Data) -> list[Data]:
    """Return the associations; shops without any are those of the sub-district itself."""
    low = data["org"]["subdistrict"]
    alone = {"id": low["id"], "name": low["name"], "community": None}
    return associations(data) or ([alone] if data["shops"] else [])


def admission(row: Data, community_id: int) -> shops.Admission:
    """Say about a shop what the file says; a pledge that is not stated is the goods' value."""
    goods = tuple(new_good(good) for good in row["goods"])
    value = sum(good.value_fen * good.pledged_qty for good in goods)
    stated, terms = row["pledge_value_fen"], row["discount"] or NO_DISCOUNT
    return shops.Admission(
        code=row["id"],
        name=row["name"],
        kind=row["type"],
        community_id=community_id,
        terms=shops.Terms(terms["max_pct"], terms["per_bill_cap_fen"]),
        goods=goods,
        pledge_fen=value if stated is None else stated,
        licence_checked=row["licence_checked"],
        food_licence_required=row["food_licence_required"],
    )


def new_good(row: Data) -> shops.NewGood:
    """Say about a good what the file says."""
    return shops.NewGood(
        code=row["id"],
        name=row["name"],
        value_fen=row["value_fen"],
        points=row["points"],
        pledged_qty=row["pledged_qty"],
        daily_limit=row["daily_limit"],
    )


def employ_owner(session: Session, row: Data, community_id: int, secret: str | None) -> None:
    """Give a shop's owner the sign-in name SHOP-OWNER, unless the staff has that name already."""
    code = f"{row['id']}-OWNER"
    staff = people.find_staff(session, code) or people.employ(
        session,
        code=code,
        title=f"{row['name']} 店主",
        community_id=community_id,
        password_hash=secret,
    )
    assert staff.id is not None
    people.grant(session, staff_id=staff.id, role=Role.OWNER, scope_code=row["id"])
