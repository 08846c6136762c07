"""A wrong file is refused whole, with every fault at its pointer; a spare one is taken."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import seed
from tests.seed.files import BARE, FULL, changed, without


def faults(said) -> dict[str, str]:
    text = said if isinstance(said, str) else json.dumps(said)
    with pytest.raises(seed.Refused) as caught:
        seed.read(text)
    return {fault.pointer: str(fault) for fault in caught.value.faults}


def test_a_file_may_leave_out_everything_that_has_a_default():
    data = seed.read(json.dumps(BARE))
    assert data["staff"] == data["shops"] == data["activities"] == []
    assert data["volunteers"][0]["channel"] == "phone"


def test_the_full_file_is_in_order():
    assert len(seed.read(json.dumps(FULL))["volunteers"]) == 3


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("/org/subdistrict/id", "EA", "/org/communities/0/id"),
        ("/org/communities", [], "/org/communities"),
        ("/org/associations/0/community", "XX", "/org/associations/0/community"),
        ("/staff/0/role", "king", "/staff/0/role"),
        ("/staff/0/community", "XX", "/staff/0/community"),
        ("/staff/1/id", "sec", "/staff/1/id"),
        ("/staff/1", {"id": "OWN", "role": "shop_owner"}, "/staff/1/shop"),
        ("/rules/effective_from", "2024-02-30", "/rules/effective_from"),
        ("/rules/effective_to", "2024-02-01", "/rules/effective_to"),
        ("/rules/rates_points_per_hour", [], "/rules/rates_points_per_hour"),
        ("/rules/rates_points_per_hour/0/rate", 1.5, "/rules/rates_points_per_hour/0/rate"),
        ("/rules/rates_points_per_hour/0/rate", True, "/rules/rates_points_per_hour/0/rate"),
        ("/rules/rates_points_per_hour/0/rate", "10", "/rules/rates_points_per_hour/0/rate"),
        ("/rules/caps", {"points_per_day": -1}, "/rules/caps/points_per_day"),
        ("/rules/time", {"step_minutes": 0}, "/rules/time/step_minutes"),
        ("/rules/expiry", {"month": 24}, "/rules/expiry/month"),
        ("/activity_templates/0/rule", "R9", "/activity_templates/0/rule"),
        ("/teams/0/community", "XX", "/teams/0/community"),
        ("/teams/0/default_rule", "R9", "/teams/0/default_rule"),
        ("/shops/0/association", "XX", "/shops/0/association"),
        ("/shops/0/community", "XX", "/shops/0/community"),
        ("/shops/1/id", "s1", "/shops/1/id"),
        ("/shops/0/discount/max_pct", 101, "/shops/0/discount/max_pct"),
        ("/shops/0/goods/0/value_fen", 4.5, "/shops/0/goods/0/value_fen"),
        ("/shops/0/goods/0/points", 0, "/shops/0/goods/0/points"),
        ("/shops/0/goods/0/value_fen", 0, "/shops/0/goods/0/value_fen"),
        ("/shops/0/id", "../x", "/shops/0/id"),
        ("/volunteers/1/code", "ea0001", "/volunteers/1/code"),
        ("/volunteers/0/community", "XX", "/volunteers/0/community"),
        ("/volunteers/0/team", "T9", "/volunteers/0/team"),
        ("/volunteers/0/channel", "pigeon", "/volunteers/0/channel"),
        ("/volunteers/0/age_band", "old", "/volunteers/0/age_band"),
        ("/volunteers/0/age_band", "10-13", "/volunteers/0/age_band"),
        ("/volunteers/1/guardian", "ZZ", "/volunteers/1/guardian"),
        ("/volunteers/1/guardian", "EA0002", "/volunteers/1/guardian"),
        ("/volunteers/1/guardian", None, "/volunteers/1/guardian"),
        ("/volunteers/2/opening_balance", -1, "/volunteers/2/opening_balance"),
        ("/volunteers/0/opening_balance", 31, "/volunteers/0/opening_lots"),
        ("/volunteers/0/opening_lifetime", 29, "/volunteers/0/opening_lifetime"),
        ("/volunteers/0/opening_lots/0/earned", "2023-13", "/volunteers/0/opening_lots/0/earned"),
        ("/volunteers/0/opening_hours", -1, "/volunteers/0/opening_hours"),
        ("/volunteers/0/opening_hours", 0.001, "/volunteers/0/opening_hours"),
        ("/volunteers/0/opening_lot", [], None),
        ("/activities/0/template", "AT9", "/activities/0/template"),
        ("/activities/0/leader", "ZZ", "/activities/0/leader"),
        ("/activities/0/team", "T9", "/activities/0/team"),
        ("/activities/0/signups/0", "ZZ", "/activities/0/signups/0"),
        ("/activities/0/signups/1", "EA0002", "/activities/0/signups/1"),
        ("/activities/0/waitlist", ["EA0002"], "/activities/0/waitlist/0"),
        ("/activities/0/assisted_signups", ["EA0001"], "/activities/0/assisted_signups/0"),
        ("/activities/0/capacity", 1, "/activities/0/signups"),
        ("/activities/0/capacity", None, "/activities/0/capacity"),
        ("/activities/0/posts", [{"name": "A", "capacity": 1}], "/activities/0/signups"),
        ("/activities/0/end", "22:00", "/activities/0/end"),
        ("/activities/0/date", "2024-02-29", "/activities/0/date"),
        ("/rules/effective_to", "2024-03-08", "/activities/0/date"),
        ("/activities/0/start", "25:00", "/activities/0/start"),
        ("/booklets/total", 7, "/booklets/total"),
        ("/booklets/ranges/0/community", "XX", "/booklets/ranges/0/community"),
        ("/booklets/ranges/1/prefix", "EA", "/booklets/ranges/1"),
        ("/booklets/ranges/0/to", 0, "/booklets/ranges/0/to"),
    ],
)
def test_a_fault_is_found_at_its_pointer(path, value, where):
    given = changed(path, value)
    if where is None:
        seed.read(json.dumps(given))  # an unknown key beside the right one is a description
    else:
        assert where in faults(given)


@pytest.mark.parametrize(
    "path",
    [
        "/org",
        "/org/subdistrict",
        "/rules",
        "/rules/id",
        "/volunteers",
        "/volunteers/0/code",
        "/volunteers/0/age_band",
        "/shops/0/goods/0/points",
        "/activities/0/leader",
    ],
)
def test_what_must_be_stated_is_missed(path):
    assert path in faults(without(path))


def test_a_misspelt_key_is_found_where_it_would_have_counted():
    given = without("/volunteers/0/opening_lots")
    given["volunteers"][0]["opening_lot"] = [{"points": 1, "earned": "2023-01"}]
    assert "opening_lots" in faults(given)["/volunteers/0/opening_lot"]


@pytest.mark.parametrize("key", ["provenance", "note", "remark", "x", "颜色"])
def test_keys_that_only_describe_are_left_alone(key):
    for path in ("", "/rules", "/volunteers/0", "/shops/0/goods/0", "/activities/0"):
        seed.read(json.dumps(changed(f"{path}/{key}", {"any": "thing"})))


def test_every_fault_is_listed_not_only_the_first():
    given = deepcopy(FULL)
    given["volunteers"][0] |= {"team": "T9", "opening_balance": 31}
    given["activities"][0] |= {"leader": "ZZ", "capacity": 1}
    given["booklets"]["total"] = 0
    assert set(faults(given)) == {
        "/volunteers/0/team",
        "/volunteers/0/opening_lots",
        "/activities/0/leader",
        "/activities/0/signups",
        "/booklets/total",
    }


def test_every_fault_of_the_shape_is_listed_too():
    given = deepcopy(FULL)
    given["volunteers"][0] |= {"channel": "x", "opening_hours": "y"}
    del given["volunteers"][2]["age_band"]
    given["rules"]["expiry"] = {"months": "z"}
    assert set(faults(given)) == {
        "/volunteers/0/channel",
        "/volunteers/0/opening_hours",
        "/volunteers/2/age_band",
        "/rules/expiry/months",
    }


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', '{"a": NaN}', '{"a": 1, "a": 1}', "\ufeff{}"]
)
def test_what_is_not_a_json_object_is_refused(text):
    assert faults(text)


def test_a_range_of_a_hundred_million_booklets_is_refused():
    assert "/booklets/ranges/0/to" in faults(changed("/booklets/ranges/0/to", 10**8))


def places(part, at=""):
    """Yield the pointer of every part of a data set."""
    yield at
    below = dict(enumerate(part)) if isinstance(part, list) else part
    for key in below if isinstance(below, dict) else ():
        yield from places(below[key], f"{at}/{key}")


PLACES = [one for one in places(FULL) if one]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=3,
)


@given(st.sampled_from(PLACES), ANYTHING)
@settings(max_examples=400, deadline=None)
def test_whatever_stands_anywhere_a_file_is_read_or_refused(path, value):
    try:
        found = seed.read(json.dumps(changed(path, value)))
    except seed.Refused as refused:
        found = refused.faults
    assert found
