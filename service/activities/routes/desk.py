"""Pages where awards by hand and lines of paper are entered, each with its evidence."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people, programmes
from service.activities.actions import awards, paper, rights
from service.activities.actions.gate import KEEPERS
from service.activities.models import Award
from service.activities.refusals import MayNotAward, UnfitTime
from service.activities.routes.evidence import keep, show_line_picture
from service.activities.routes.hours import decide_paper, enter, kept_by_staff
from service.activities.routes.keepers import run, signed_in
from service.activities.schemas import ManualSentSchema, PaperSentSchema
from service.clock import SHANGHAI, business_day
from service.web import now, uploads
from service.web.access import require

pages = Blueprint("typed_pages", __name__)


def read_form(session: Session) -> dict[str, Any]:
    """Read what the form for an award by hand offers."""
    return {
        "rates": rates_now(session),
        "today": business_day(now()),
        "key": f"MA-{uuid4().hex[:12]}",
    }


def rates_now(session: Session) -> list[programmes.Rate]:
    """Return the rates of today's rules in the caller's programme, the general ones first."""
    programme = signed_in().programme_id
    if programme is None:
        return []
    figures = programmes.rule_set(session, programme, business_day(now()))
    return sorted(figures.rates.values(), key=lambda rate: (len(rate.requires), rate.per_hour))


@pages.get("/awards/new")
def show_new_award() -> ResponseReturnValue:
    """Show the form to a volunteer who was entrusted with awards, or leads activities."""
    who = require("volunteer")
    if not run(rights.may_award, volunteer_id=who.volunteer_id, now=now()):
        raise MayNotAward
    return render_template("activities/new_award.html", award=None, **run(read_form))


@pages.post("/awards/new")
@uploads.takes_pictures
def post_new_award() -> ResponseReturnValue:
    """Enter an award as a captain; the page says whether it posted or waits."""
    require("volunteer")
    award = enter_form()
    return render_template("activities/new_award.html", award=award, **run(read_form))


@pages.post("/desk/awards")
@uploads.takes_pictures
def post_award() -> ResponseReturnValue:
    """Enter an award at the desk."""
    require(*KEEPERS)
    return redirect(f"/desk/awards/{enter_form().key}")


def enter_form() -> Award:
    """Enter what the form says; the key is made with the form, so a double tap counts once."""
    form = request.form
    day = form.get("day", "")
    sent = ManualSentSchema(exclude=("picture",)).load(
        {name: form.get(name, "").strip() for name in ("volunteer", "rule", "evidence", "key")}
        | {"claimed_from": moment(day, form.get("from", "")).isoformat()}
        | {"claimed_to": moment(day, form.get("to", ""), after=form.get("from", "")).isoformat()}
    )
    volunteer = sent.pop("volunteer").upper()
    given = {"claim": awards.Claim(**sent), "content": uploads.received()}
    award, _ = run(enter, volunteer=volunteer, **given)
    found: Award = award
    return found


def moment(day: str, clock: str, *, after: str = "") -> datetime:
    """Return a day and a time of a form as a moment; an end before its start is past midnight."""
    try:
        whole = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError as error:
        raise UnfitTime from error
    later = timedelta(days=1) if after and clock < after else timedelta()
    return (whole + later).replace(tzinfo=ZoneInfo(SHANGHAI))


@pages.post("/activities/<code>/paper")
@uploads.takes_pictures
def post_paper(code: str) -> ResponseReturnValue:
    """Type in a line of the paper sheet from the confirmation page."""
    run(type_in_form, code=code, content=uploads.received())
    return redirect(f"/activities/{code}/confirm")


def type_in_form(session: Session, *, code: str, content: bytes | None) -> activities.PaperLine:
    """Enter the line that the form says; times are those of the activity's day."""
    found, form = kept_by_staff(session, code), request.form
    day = found.business_day.isoformat()
    sent = PaperSentSchema().load(
        {name: form.get(name, "").strip() for name in ("volunteer", "evidence")}
        | {"check_in": moment(day, form.get("from", "")).isoformat()}
        | {"check_out": moment(day, form.get("to", ""), after=form.get("from", "")).isoformat()}
    )
    person = people.volunteer(session, sent["volunteer"].upper())
    picture_id = keep(session, content).id if content else None
    times = (sent["check_in"], sent["check_out"])
    written = paper.Written(*times, sent["evidence"], picture_id=picture_id)
    return paper.enter_line(session, found, person, written=written, by=signed_in(), now=now())


@pages.post("/activities/<code>/paper/<int:line>/decision")
def post_paper_decision(code: str, line: int) -> ResponseReturnValue:
    """Approve or refuse another person's line."""
    accept = request.form.get("decision") == "accept"
    run(decide_paper, code=code, line=line, accept=accept)
    home = "/desk/awards" if request.form.get("from") == "desk" else f"/activities/{code}/confirm"
    return redirect(home)


@pages.get("/desk/paper-lines/<int:line>/picture")
def show_sheet_photo(line: int) -> ResponseReturnValue:
    """Send the photo of the sheet that a line was typed from."""
    return show_line_picture(line)
