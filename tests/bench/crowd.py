"""A data set of many volunteers and a few shops, large enough that nothing is used up."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PREFIX = "BN"
SHOPS = 8
PLENTY = 1_000_000


def write(file: Path, *, volunteers: int, day: date, rush_places: int = 0, scarce: int = 0) -> None:
    """Write the data set: everybody has signed up for one activity that lasts all day.

    With `rush_places` there is a second one, tomorrow, that nobody has signed up for yet; with
    `scarce` the first shop has so many pieces of a second good.
    """
    codes = [f"{PREFIX}{number:05d}" for number in range(1, volunteers + 1)]
    data = {
        "meta": {"title": "Bench"},
        "org": organisation(),
        "staff": [
            {"id": "U-ADM", "role": "volunteer_admin", "title": "Recorder", "community": PREFIX},
            {"id": "U-CH", "role": "association_officer", "title": "Officer", "community": PREFIX},
        ],
        "rules": rules(),
        "service_categories": [{"label": "All"}],
        "activity_templates": [
            {"id": "AT1", "name": "Service", "rule": "GEN", "category": "All", "risk": "low"}
        ],
        "teams": [{"id": "T1", "name": "Team", "default_rule": "GEN", "category": "All"}],
        "shops": [shop(number, scarce if number == 1 else 0) for number in range(1, SHOPS + 1)],
        "activities": [activity(codes, day), *rush(codes[0], day, rush_places)],
        "booklets": {"total": volunteers, "ranges": []},
        "volunteers": [volunteer(code) for code in codes],
    }
    file.write_text(json.dumps(data), "utf-8")


def organisation() -> dict[str, Any]:
    """Return one community and its association."""
    community = {"id": PREFIX, "name": "Bench", "record_unit": "R", "practice_station": "P"}
    return {
        "district": {"code": "990002", "name": "District"},
        "subdistrict": {"id": "BNCH", "name": "Sub-district"},
        "communities": [community],
        "association": {"id": "BNTA", "name": "Association"},
    }


def rules() -> dict[str, Any]:
    """Return a rule set under which no redemption asks a question."""
    return {
        "id": "BENCH-1",
        "effective_from": "2025-01-01",
        "effective_to": None,
        "time": {"step_minutes": 30, "min_minutes": 30},
        "rates_points_per_hour": [{"code": "GEN", "name": "General", "rate": 10}],
        "zero_point_kinds": [],
        "caps": {"points_per_day": 80, "points_per_month": 500},
        "manual_award": {"auto_limit_points": 40, "evidence_required": True},
        "goods_points_per_yuan": 5,
        "expiry": {"months": 240},
        "redemption": {"void_window_minutes": 30, "duplicate_window_minutes": 0},
        "step_up": {"above_points": PLENTY, "nth_of_day": PLENTY},
        "offline": {
            "per_card_points_per_day": 50,
            "per_shop_points_per_batch": 200,
            "max_age_hours": 24,
        },
        "no_show": {"grace_minutes": 15, "after": 3},
        "tiers_by_lifetime_points": [{"tier": "T0", "name": "", "min": 0, "discount_pct": 0}],
    }


def shop(number: int, scarce: int) -> dict[str, Any]:
    """Return a shop with a good of five points, and perhaps one that is soon gone."""
    code = f"S{number:02d}"
    stocks = {"G1": PLENTY, "G2": scarce}
    goods = [
        {"id": f"{code}-{good}", "name": good, "value_fen": 100, "points": 5, "pledged_qty": stock}
        | {"daily_limit": None}
        for good, stock in stocks.items()
        if stock
    ]
    terms = {"max_pct": 5, "per_bill_cap_fen": 1000}
    return {
        "id": code, "name": f"Shop {number}", "type": "grocer", "discount": terms,
        "goods": goods, "pledge_value_fen": 100 * (PLENTY + scarce),
    }  # fmt: skip


def activity(codes: list[str], day: date) -> dict[str, Any]:
    """Return an activity of the whole day, led by the first volunteer."""
    return {
        "id": "B1", "template": "AT1", "title": "All day", "team": "T1", "date": day.isoformat(),
        "start": "00:00", "end": "23:59", "capacity": len(codes), "signups": codes[1:],
        "waitlist": [], "leader": codes[0], "place": "Here",
    }  # fmt: skip


def rush(leader: str, day: date, places: int) -> list[dict[str, Any]]:
    """Return tomorrow's activity with few places; none where there are no places."""
    tomorrow = activity([leader], day + timedelta(days=1))
    return [tomorrow | {"id": "B2", "title": "Tomorrow", "capacity": places}] if places else []


def volunteer(code: str) -> dict[str, Any]:
    """Return somebody with a phone and points to spend."""
    return {
        "code": code, "name": f"Volunteer {code}", "community": PREFIX, "team": "T1",
        "age_band": "40-49", "channel": "phone", "opening_balance": 100_000,
        "opening_lifetime": 100_000, "opening_hours": 100.0, "consent_individual_notice": True,
    }  # fmt: skip
