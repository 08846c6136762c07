"""Teams, volunteers and staff of a data set."""

from sqlmodel import Session

from service import matters, people
from service.people import Role
from service.seed.reading import Data
from service.seed.references import associations
from service.seed.town import ACTOR, Loader, Town, unit_id

VERIFIED = ("已核验", "verified")  # said in the text of a qualification where no key says it


def found_teams(session: Session, town: Town, data: Data) -> None:
    """Found each team where it is stated to be, else wherever its volunteers are."""
    for row in data["teams"]:
        members = {
            one["community"] or town.first for one in data["volunteers"] if one["team"] == row["id"]
        }
        for place in [row["community"]] if row["community"] else sorted(members) or [town.first]:
            found = people.found_team(
                session, community_id=unit_id(town, place), code=row["id"], name=row["name"]
            )
            found.default_rule, found.category = row["default_rule"], row["category"]
            found.parent_name = row["parent"]
            assert found.id is not None
            town.teams[place, row["id"]] = found.id


def register_volunteers(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Register the volunteers, then name the guardians among them."""
    for row in data["volunteers"]:
        home = row["community"] or town.first
        town.homes[row["code"]] = home
        town.volunteers[row["code"]] = people.register(
            session, newcomer(row, town.teams.get((home, row["team"]))),
            community=town.units[home], now=loader.now,
        )  # fmt: skip
    for row in data["volunteers"]:
        if row["guardian"]:
            town.volunteers[row["code"]].guardian_id = town.volunteers[row["guardian"]].id
    session.flush()


def name_leaders(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Name who solves for each team that has a leader, where that volunteer is at home."""
    for row in data["teams"]:
        if row["leader"] is None:
            continue
        leader = town.volunteers[row["leader"]]
        team = session.get_one(people.Team, leader.team_id)
        matters.name_lead(session, team, leader, by=ACTOR, now=loader.now)


def newcomer(row: Data, team_id: int | None) -> people.Newcomer:
    """Say about a volunteer what the file says."""
    verified, said = row["qualification_verified"], row["qualification"] or ""
    lifetime = row["opening_lifetime"]
    return people.Newcomer(
        code=row["code"],
        age_band=row["age_band"],
        channel=row["channel"],
        name=row["name"] or row["code"],
        phone=row["phone"],
        id_no=row["id_no"],
        team_id=team_id,
        guardian_consent=row["guardian_consent"],
        qualification=row["qualification"],
        qualification_verified=any(word in said for word in VERIFIED)
        if verified is None
        else verified,
        consent_notice=row["consent_individual_notice"],
        opening_lifetime=row["opening_balance"] if lifetime is None else lifetime,
        opening_minutes=int(row["opening_hours"] * 60),
    )


def employ_staff(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Give the staff their sign-in names and offices; without a community, in the sub-district."""
    secret = people.hash_password(people.DEMO_PASSWORD) if loader.demo else None
    for row in data["staff"]:
        place = row["community"]
        linked = town.volunteers[row["volunteer"]].id if row["volunteer"] else None
        staff = people.employ(
            session,
            code=row["id"],
            title=row["title"] or row["id"],
            community_id=unit_id(town, place) if place else None,
            volunteer_id=linked,
            password_hash=secret,
        )
        assert staff.id is not None
        for scope in scopes_of(data, row):
            people.grant(session, staff_id=staff.id, role=Role(row["role"]), scope_code=scope)
    if loader.demo and not any(row["role"] == Role.ADMINISTRATOR for row in data["staff"]):
        employ_administrator(session, data["org"]["subdistrict"]["id"], secret)


def employ_administrator(session: Session, subdistrict: str, secret: str | None) -> None:
    """Let somebody found associations in practice data that name nobody for it."""
    staff = people.employ(session, code="U-TOWN", title="U-TOWN", password_hash=secret)
    assert staff.id is not None
    people.grant(session, staff_id=staff.id, role=Role.ADMINISTRATOR, scope_code=subdistrict)


def same(place: str | None, other: str | None) -> bool:
    """Tell whether two communities are one; what names none stands in all of them."""
    return place is None or other is None or place == other


def scopes_of(data: Data, row: Data) -> list[str]:
    """Return where an office counts; an association's counts in it, not in a whole community."""
    place = row["community"]
    led = [one["id"] for one in associations(data) if same(place, one["community"])]
    if row["role"] == Role.OFFICER and led:
        return led
    return [row["shop"] or place or data["org"]["subdistrict"]["id"]]
