"""Evaluations: the leader's list, and the link at the place for those who are served."""

from secrets import token_urlsafe

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, passes, people
from service.activities import Activity
from service.records.actions.evaluations import (
    Verdict,
    activity_of_token,
    browser_mark,
    evaluate,
    may_be_rated,
    rate,
    rating_token,
)
from service.records.models import Evaluation
from service.records.queries.persons import PAGE, ratings_of, served_at
from service.records.refusals import NotServed, UnknownPoster
from service.records.routes.readers import form, led, run
from service.records.routes.words import GRADES, RATINGS
from service.records.schemas import RatingFormSchema, VerdictFormSchema
from service.web import database, now, settings
from service.web.cookies import is_secure
from service.web.limits import Limit

pages = Blueprint("evaluation_pages", __name__)
COOKIE = "aixin_rater"  # of nobody: a number that this browser made up for this
COOKIE_SECONDS = 365 * 86_400
COOKIE_CHARACTERS_MAX = 64
LIMIT = Limit("rating", most=30, seconds=60)  # a hall may share one address


@pages.get("/activities/<code>/evaluations")
def show_evaluations(code: str) -> ResponseReturnValue:
    """Show who served, what the leader says of them, and what the served say in all."""
    found, who = run(led, code=code)
    rows = served_at(database(), found.id, after=request.args.get("after", "")[:80], limit=PAGE + 1)
    return render_template(
        "records/evaluations.html",
        activity=found,
        who=who,
        rows=rows[:PAGE],
        grades=GRADES,
        ratings=ratings_of(database(), found.id),
        words=RATINGS,
        over=now() >= found.ends_at,
        next=rows[PAGE - 1]["code"] if len(rows) > PAGE else None,
    )


@pages.post("/activities/<code>/evaluations")
def post_evaluation(code: str) -> ResponseReturnValue:
    """Evaluate one who served."""
    sent = form(VerdictFormSchema())
    verdict = Verdict(sent["grade"], sent["note"])
    run(judge, code=code, volunteer=sent["volunteer"], verdict=verdict)
    return redirect(f"/activities/{code}/evaluations")


def judge(session: Session, *, code: str, volunteer: str, verdict: Verdict) -> Evaluation:
    """Let the leader, or the community's staff, evaluate."""
    found, who = led(session, code)
    person = people.find_volunteer(session, volunteer)
    if person is None:
        raise NotServed  # a leader need not learn which numbers there are
    return evaluate(session, found, person, verdict=verdict, by=who, now=now())


@pages.get("/activities/<code>/rating")
def show_poster(code: str) -> ResponseReturnValue:
    """Show the code that those who are served scan, to hold up or to print."""
    found, _ = run(led, code=code)
    token = rating_token(settings().lasting_key, found.code)
    link = f"{settings().public_url}/a/{token}"
    picture = passes.data_uri(link)
    return render_template("records/poster.html", activity=found, link=link, picture=picture)


@pages.get("/a/<token>")
def show_rating(token: str) -> ResponseReturnValue:
    """Ask somebody who was served how it was; nobody has to say who."""
    found = rated_activity(token)
    open_ = may_be_rated(found, now())
    return render_template(
        "records/rate.html", activity=found, token=token, open=open_, words=RATINGS, said=None
    )


@pages.post("/a/<token>")
def post_rating(token: str) -> ResponseReturnValue:
    """Take a rating; a browser's second one changes nothing."""
    LIMIT.check()
    found, sent = rated_activity(token), form(RatingFormSchema())
    cookie = request.cookies.get(COOKIE, "")[:COOKIE_CHARACTERS_MAX] or token_urlsafe(16)
    mark = browser_mark(settings().lasting_key, cookie, found)
    first = run(rate, activity=found, browser=mark, grade=sent["grade"], now=now())
    LIMIT.count()
    page = render_template(
        "records/rate.html", activity=found, token=token, open=True, words=RATINGS,
        said="first" if first else "again",
    )  # fmt: skip
    return remembered(make_response(page), cookie)


def rated_activity(token: str) -> Activity:
    """Return the activity that a link of ours names. Raises UnknownPoster."""
    code = activity_of_token(settings().lasting_key, token)
    if code is None:
        raise UnknownPoster
    found: Activity = run(activities.activity, code=code)
    return found


def remembered(answer: Response, cookie: str) -> Response:
    """Let the browser keep its number: sent to these pages only, and to no script."""
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=COOKIE_SECONDS,
        path="/a/",
        httponly=True,
        secure=is_secure(),
        samesite="Lax",
    )
    return answer
