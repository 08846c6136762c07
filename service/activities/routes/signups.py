"""HTTP of plans and sign-ups."""

from dataclasses import asdict
from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people
from service.activities.actions.gate import KEEPERS
from service.activities.actions.planning import Plan, PostPlan, plan_activity
from service.activities.actions.signups import OWN, Asking, Seat, Wish, cancel_signup, sign_up
from service.activities.queries.lists import Card, Line, card, cards, find_activity, posts, roster
from service.activities.refusals import CodeTaken, OtherCommunity, UnknownActivity
from service.activities.routes.keepers import kept, run, signed_in, visible
from service.activities.schemas import (
    ActivitiesSchema,
    ActivitySchema,
    CancelledSchema,
    OnDaySchema,
    PlanSchema,
    RosterSchema,
    SeatSchema,
    SignupSentSchema,
)
from service.clock import business_day
from service.web import caller, database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("activities", __name__, url_prefix="/api/v1", description="Activities")


@api.get("/activities")
@api.arguments(OnDaySchema, location="query")
@api.response(200, ActivitiesSchema)
def get_activities(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the activities of one day, or those from today on."""
    day = asked["on"]
    found = run(
        cards,
        community_ids=visible(),
        since=day or business_day(now()),
        until=day,
        volunteer_id=caller().volunteer_id,
    )
    return {"items": [shown(one) for one in found], "next": None}


def shown(one: Card) -> dict[str, Any]:
    """Return an activity as JSON says it."""
    row = one.activity
    own = {
        "kind": one.template.name,
        "category": one.template.category,
        "community": one.community,
        "capacity": one.capacity,
        "taken": one.taken,
        "waiting": one.waiting,
        "mine": one.mine,
        "place_in_line": one.place,
    }
    return {name: getattr(row, name) for name in PLAIN} | own


PLAIN = (
    "code",
    "title",
    "place",
    "status",
    "business_day",
    "starts_at",
    "ends_at",
    "opens_at",
    "closes_at",
)


@api.post("/activities")
@api.arguments(PlanSchema)
@api.response(201, ActivitySchema)
def post_activity(sent: dict[str, Any]) -> ResponseReturnValue:
    """Publish an activity; its window and no-show moment are fixed by the rules of its day."""
    who = require(*KEEPERS, scope=sent["community"])
    community = sent.pop("community")
    stated = [PostPlan(**post) for post in sent.pop("posts")]
    run(publish, plan=Plan(posts=stated, **sent), community=community, actor=who.actor)
    found, places = run(read_plan, code=sent["code"])
    return shown(found) | {"posts": places}


def publish(session: Session, *, plan: Plan, community: str, actor: str) -> activities.Activity:
    """Plan in a community of the caller's. Raises CodeTaken, OtherCommunity."""
    home = people.unit(session, community)
    if people.volunteer(session, plan.leader).community_id != home.id:
        raise OtherCommunity
    if find_activity(session, plan.code) is not None:
        raise CodeTaken
    return plan_activity(session, plan, community=home, actor=actor, now=now())


@api.get("/activities/<code>")
@api.response(200, ActivitySchema)
def get_activity(code: str) -> ResponseReturnValue:
    """Show one activity with its posts."""
    found, places = run(read_activity, code=code)
    return shown(found) | {"posts": places}


def read_activity(session: Session, *, code: str) -> tuple[Card, list[activities.Post]]:
    """Read an activity that the caller may see. Raises UnknownActivity."""
    found = activities.activity(session, code)
    seen = visible()
    if caller().kind == "staff" and seen is not None and found.community_id not in seen:
        raise UnknownActivity
    return card(session, found, caller().volunteer_id), posts(session, found.id)


def read_plan(session: Session, *, code: str) -> tuple[Card, list[activities.Post]]:
    """Read an activity whose plan the caller keeps, a draft too."""
    found = find_activity(session, code)
    if found is None:
        raise UnknownActivity
    return card(session, found, None), posts(session, found.id)


@api.post("/activities/<code>/signups")
@api.arguments(SignupSentSchema)
@api.response(201, SeatSchema)
def post_signup(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Sign up: a place while places last, else a turn in the queue. Twice answers the first."""
    seat = seat_somebody(code, **sent)
    return asdict(seat), 200 if seat.already else 201


def seat_somebody(
    code: str, *, volunteer: str | None, post: str | None = None, agreed: str | None = None
) -> Seat:
    """Sign up the caller, the caller's ward, or another one if the caller keeps the activity."""
    kind, person = office(code, volunteer)
    asking = Asking(database(), signed_in().actor, kind, now())
    return sign_up(asking, Wish(code, person, post, agreed))


def office(code: str, volunteer: str | None) -> tuple[str, str]:
    """Return in which office the caller speaks for whom. Raises NotYours, UnknownActivity."""
    who = signed_in()
    if who.kind == "volunteer" and volunteer in {None, who.code}:
        return "self", who.code
    if who.volunteer_id is not None and volunteer is None:  # a member of staff who serves as well
        return "self", run(people.volunteer_by_id, volunteer_id=who.volunteer_id).code
    if who.volunteer_id is not None and volunteer in run(ward_codes, guardian_id=who.volunteer_id):
        return "guardian", volunteer or ""
    leads = run(kept, code=code).leader_id == who.volunteer_id
    return "leader" if leads else "recorder", volunteer or ""


def ward_codes(session: Session, *, guardian_id: int) -> set[str]:
    """Return the numbers of those whose guardian somebody is."""
    return {ward.code for ward in people.wards(session, guardian_id)}


@api.delete("/activities/<code>/signups/<volunteer>")
@api.response(200, CancelledSchema)
def delete_signup(code: str, volunteer: str) -> ResponseReturnValue:
    """Give a place or a turn back before the start; the first in line moves up, once."""
    return {"status": "ok", "promoted": free_seat(code, volunteer)}


@api.delete("/activities/<code>/signups")
@api.response(200, CancelledSchema)
def delete_own_signup(code: str) -> ResponseReturnValue:
    """Give one's own place or turn back before the start."""
    return {"status": "ok", "promoted": free_seat(code, None)}


def free_seat(code: str, volunteer: str | None) -> str | None:
    """Cancel; who was promoted is told to keepers only."""
    kind, person = office(code, volunteer)
    promoted: str | None = run(free, code=code, volunteer=person, kind=kind)
    return None if kind in OWN else promoted


def free(session: Session, *, code: str, volunteer: str, kind: str) -> str | None:
    """Give the place of a person whom the caller may speak for back."""
    found, person = activities.activity(session, code), people.volunteer(session, volunteer)
    return cancel_signup(session, found, person, kind=kind, now=now())


@api.get("/activities/<code>/roster")
@api.response(200, RosterSchema)
def get_roster(code: str) -> ResponseReturnValue:
    """Show the leader, the recorder or an auditor who has a place, who came and who went."""
    return {"items": [listed(line) for line in run(read_roster, code=code)], "next": None}


def read_roster(session: Session, *, code: str) -> list[Line]:
    """Read the roster of an activity that the caller may look into."""
    return roster(session, kept(session, code, readers=True))


def listed(line: Line) -> dict[str, Any]:
    """Return one person of a roster as JSON says it: numbers, never names."""
    signup, stay, award = line.signup, line.attendance, line.award
    return {
        "tail": line.volunteer.tail,
        "volunteer": line.volunteer.code,
        "signup": signup.status if signup else None,
        "assisted": bool(signup and signup.assisted),
        "walk_in": bool(signup and signup.walk_in),
        "attendance": stay.status if stay else None,
        "in_at": stay.in_at if stay else None,
        "out_at": stay.out_at if stay else None,
        "amended": bool(stay and stay.amended),
        "award": award.key if award else None,
    }
