"""The smallest data sets: one that states only what it must, and one to spoil."""

from copy import deepcopy
from typing import Any

BARE: dict[str, Any] = {
    "org": {
        "subdistrict": {"id": "QT", "name": "Quiet Town"},
        "communities": [{"id": "EA", "name": "East"}],
    },
    "rules": {
        "id": "QT-1",
        "effective_from": "2024-03-01",
        "rates_points_per_hour": [{"code": "R1", "rate": 10}],
    },
    "volunteers": [{"code": "EA0001", "age_band": "40-49"}],
}

FULL: dict[str, Any] = BARE | {
    "meta": {"title": "anything"},
    "org": {
        "district": {"code": "D1", "name": "District"},
        "subdistrict": {"id": "QT", "name": "Quiet Town", "facts": {"benches": 12}},
        "communities": [
            {"id": "EA", "name": "East", "record_unit": "East's committee"},
            {"id": "WE", "name": "West"},
        ],
        "associations": [
            {"id": "EASH", "name": "East's shops", "community": "EA"},
            {"id": "WESH", "name": "West's shops", "community": "WE"},
        ],
    },
    "staff": [
        {"id": "SEC", "role": "community_secretary", "title": "Secretary", "community": "EA"},
        {"id": "AUD", "role": "subdistrict_auditor", "community": None},
    ],
    "activity_templates": [{"id": "AT1", "name": "Sweeping", "rule": "R1"}],
    "teams": [{"id": "T1", "name": "Sweepers", "default_rule": "R1"}],
    "shops": [
        {
            "id": "S1",
            "name": "Soap",
            "association": "WESH",
            "goods": [
                {"id": "S1-G1", "name": "Soap", "value_fen": 400, "points": 20, "pledged_qty": 3}
            ],
            "discount": {"max_pct": 5, "per_bill_cap_fen": 1000},
        },
        {"id": "S2", "name": "Bread", "pledge_value_fen": 0},
    ],
    "volunteers": [
        {
            "code": "EA0001",
            "community": "EA",
            "team": "T1",
            "age_band": "40-49",
            "opening_balance": 30,
            "opening_lifetime": 50,
            "opening_hours": 4.5,
            "opening_lots": [
                {"points": 10, "earned": "2023-01"},
                {"points": 20, "earned": "2024-02"},
            ],
        },
        {"code": "EA0002", "community": "EA", "age_band": "14-17", "guardian": "EA0001"},
        {
            "code": "WE0001",
            "community": "WE",
            "team": "T1",
            "age_band": "70-79",
            "channel": "card",
            "opening_balance": 7,
        },
    ],
    "activities": [
        {
            "id": "A1",
            "template": "AT1",
            "title": "Night sweep",
            "date": "2024-03-09",
            "start": "22:00",
            "end": "01:00",
            "capacity": 2,
            "leader": "EA0001",
            "signups": ["EA0002", "WE0001"],
            "assisted_signups": ["WE0001"],
        }
    ],
    "booklets": {
        "total": 6,
        "ranges": [
            {"community": "EA", "prefix": "EA", "from": 1, "to": 4},
            {"community": "WE", "prefix": "WE", "from": 1, "to": 2},
        ],
    },
}


def changed(path: str, value: Any, of: dict[str, Any] = FULL) -> dict[str, Any]:
    """Return a copy of a data set in which the part at a JSON pointer is another one."""
    copy = deepcopy(of)
    *above, last = path.split("/")[1:]
    place: Any = copy
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return copy


def without(path: str, of: dict[str, Any] = FULL) -> dict[str, Any]:
    """Return a copy of a data set without the part at a JSON pointer."""
    copy = deepcopy(of)
    *above, last = path.split("/")[1:]
    place: Any = copy
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[last]
    return copy
