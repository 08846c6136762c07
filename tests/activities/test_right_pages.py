"""The secretary entrusts awards by hand, and takes that away, on a page."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.activities import refusals
from tests.activities.test_manual_awards import claim
from tests.activities.test_pages import Reader
from tests.activities.town import Town, at

PAGE = "/desk/awards/rights"


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Callable[[str], Reader]:
    town.clock.set(at("19:00"))
    return lambda who: Reader(client, town.tokens[who])


def test_the_secretary_entrusts_and_suspends_on_the_page(
    town: Town, as_: Callable[[str], Reader]
) -> None:
    assert f'href="{PAGE}"' in as_("U-SEC").get("/desk/awards")
    assert "Nobody was entrusted or suspended" in as_("U-SEC").get(PAGE)
    answer = as_("U-SEC").post(PAGE, volunteer=" v0002 ", change="entrust")
    assert "entrusted" in answer.get_data(as_text=True)
    assert claim(town, by="V0002")[0].status == "posted"
    as_("U-SEC").post(PAGE, volunteer="V0002", change="suspend")
    as_("U-SEC").post(PAGE, volunteer="V0002", change="suspend")
    assert 'value="entrust">Entrust again' in as_("U-SEC").get(PAGE)
    with pytest.raises(refusals.MayNotAward):
        claim(town, "MA-2", by="V0002")
    assert len(town.events("RightSuspended")) == 1
    assert town.balance("V0001") == 36


def test_the_recorder_reads_and_only_the_secretary_decides(
    town: Town, as_: Callable[[str], Reader]
) -> None:
    as_("U-SEC").post(PAGE, volunteer="V0002", change="entrust")
    page = as_("U-ADM").get(PAGE)
    assert "V0002" in page
    assert 'name="change"' not in page
    assert as_("U-ADM").post(PAGE, volunteer="V0002", change="suspend").status_code == 403
    assert "V0002" not in as_("U-GZ").get(PAGE)
    assert as_("V0010").client.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"volunteer": "V0002", "change": "promote"}, 422),
        ({"volunteer": "", "change": "entrust"}, 422),
        ({"volunteer": "V9999", "change": "entrust"}, 404),
    ],
)
def test_what_is_no_decision_is_refused(
    town: Town, as_: Callable[[str], Reader], sent: dict[str, str], status: int
) -> None:
    assert as_("U-SEC").post(PAGE, **sent).status_code == status
    assert town.count("activities_rights") == 0
