"""Roles and scopes: the table of who may where, and the default is no."""

import pytest

from service.people import ANONYMOUS, Caller, age_floor, authorised

EAST, WEST = ("EA", "QT", "D"), ("WE", "QT", "D")
RECORDER = Caller("staff", 1, "R", frozenset({("volunteer_admin", "EA")}))
AUDITOR = Caller("staff", 2, "A", frozenset({("subdistrict_auditor", "QT")}))
TWO = Caller("staff", 3, "T", frozenset({("volunteer_admin", "EA"), ("second_approver", "WE")}))
OWNER = Caller("staff", 4, "O", frozenset({("shop_owner", "S01")}))
PERSON = Caller("volunteer", 5, "EA0001", community="EA", volunteer_id=5)
TILL = Caller("device", 6, "Till", profile="till", community="EA")


@pytest.mark.parametrize(
    ("caller", "roles", "chain", "may"),
    [
        (RECORDER, ["volunteer_admin"], EAST, True),
        (RECORDER, ["volunteer_admin"], WEST, False),
        (RECORDER, ["volunteer_admin"], None, True),
        (RECORDER, ["community_secretary"], EAST, False),
        (RECORDER, [], EAST, False),
        (AUDITOR, ["subdistrict_auditor"], EAST, True),
        (AUDITOR, ["subdistrict_auditor"], WEST, True),
        (AUDITOR, ["volunteer_admin", "subdistrict_auditor"], ("XX",), False),
        (TWO, ["volunteer_admin"], WEST, False),
        (TWO, ["second_approver"], WEST, True),
        (OWNER, ["shop_owner"], ("S01",), True),
        (OWNER, ["shop_owner"], ("S02",), False),
        (PERSON, ["volunteer"], EAST, True),
        (PERSON, ["volunteer"], WEST, False),
        (PERSON, ["volunteer_admin"], EAST, False),
        (TILL, ["till"], None, True),
        (TILL, ["gate", "volunteer"], None, False),
        (ANONYMOUS, ["volunteer", "till", "volunteer_admin", ""], None, False),
    ],
)
def test_who_may_where(caller, roles, chain, may):
    assert authorised(caller, roles, chain) is may


@pytest.mark.parametrize(
    ("band", "age"), [("14-17", 14), ("18-19", 18), ("80+", 80), ("100-109", 100), ("", 0)]
)
def test_a_band_begins_at_its_first_figure(band, age):
    assert age_floor(band) == age
