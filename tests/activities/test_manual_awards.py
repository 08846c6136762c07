"""Service that nobody scanned: evidence, a flag, a limit, and above it a second person."""

from typing import Any

import pytest
from sqlmodel import Session

from service import activities, people
from service.activities import refusals
from service.activities.actions import awards, paper, rights
from service.errors import KeyReused
from tests.activities.test_hours import stay
from tests.activities.town import Town, at


def claim(
    town: Town, key: str = "MA-1", who: str = "V0001", by: str = "U-ADM", **more: Any
) -> tuple[activities.Award, bool]:
    plain = {
        "rule": "R-SKILL", "claimed_from": at("09:00"), "claimed_to": at("12:00"),
        "evidence": "photo",
    }  # fmt: skip

    def work(session: Session) -> tuple[activities.Award, bool]:
        person = people.volunteer(session, who)
        wanted = awards.Claim(key=key, **(plain | more))  # type: ignore[arg-type]
        return awards.enter_manual(
            session, person, claim=wanted, by=town.caller(by), now=at("18:20")
        )

    return town.database.atomic(work)


def test_a_manual_award_up_to_the_limit_posts_with_a_flag(town: Town) -> None:
    award, replayed = claim(town)
    assert (award.status, award.points, award.flags, replayed) == ("posted", 36, ["manual"], False)
    assert town.balance("V0001") == 36
    assert town.one("SELECT kind FROM ledger_transfers") == "manual"
    again, replayed = claim(town)
    assert (again.id, replayed) == (award.id, True)
    with pytest.raises(KeyReused):
        claim(town, evidence="another photo")
    assert town.balance("V0001") == 36


def test_a_manual_award_above_the_limit_waits_for_a_second_person(town: Town) -> None:
    award, _ = claim(town, claimed_to=at("12:30"))  # 3.5 h × 12 = 42
    assert (award.status, town.balance("V0001")) == ("waiting", 0)

    def approve(by: str, *, accept: bool = True) -> activities.Award:
        return town.run(
            awards.decide_manual,
            key="MA-1",
            decision=awards.Decision(accept, "no"),
            by=town.caller(by),
            now=at("19:00"),
        )

    with pytest.raises(refusals.OwnApproval):
        approve("U-ADM")
    with pytest.raises(refusals.OwnApproval):
        approve("V0001")
    assert approve("U-SUP").status == "posted"
    assert approve("U-SUP").status == "posted"
    with pytest.raises(refusals.AlreadyDecided):
        approve("U-SEC")
    assert town.balance("V0001") == 42


def test_the_limit_itself_still_posts(town: Town) -> None:
    award, _ = claim(town, rule="R-GEN", claimed_from=at("08:00"))  # 4 h × 10 = 40
    assert (award.points, award.status) == (40, "posted")


def test_manual_awards_count_for_the_day_s_cap(town: Town) -> None:
    claim(town, "M1", rule="R-GEN", claimed_from=at("08:00"))
    claim(town, "M2", rule="R-GEN", claimed_from=at("08:00"))
    award, _ = claim(town, "M3", claimed_from=at("14:00"), claimed_to=at("15:00"))
    assert (award.points, award.cut, award.cut_by) == (0, 12, "day")
    assert award.transfer_id is None


@pytest.mark.parametrize(
    ("who", "by", "more", "refusal"),
    [
        ("V0010", "V0010", {}, refusals.OwnAward),
        ("V0001", "V0002", {}, refusals.MayNotAward),
        ("V0001", "U-GZ", {}, refusals.OtherCommunity),
        ("V0001", "U-ADM", {"claimed_to": at("18:21")}, refusals.UnfitTime),
        ("V0001", "U-ADM", {"claimed_to": at("09:00")}, refusals.UnfitTime),
        ("V0001", "U-ADM", {"rule": "gone"}, refusals.UnfitRule),
        ("V0001", "U-ADM", {"rule": "R-MED"}, refusals.UnfitRule),
    ],
)
def test_a_manual_award_is_refused(
    town: Town, who: str, by: str, more: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        claim(town, who=who, by=by, **more)
    assert town.count("activities_awards") == 0


def test_a_captain_awards_while_entrusted(town: Town) -> None:
    secretary = town.caller("U-SEC")
    captain = town.volunteer("V0002")
    town.run(rights.entrust, volunteer=captain, by=secretary, now=at("12:00"))
    assert claim(town, by="V0002")[0].maker == "volunteer:V0002"
    town.run(rights.suspend, volunteer=captain, by=secretary, now=at("12:00"))
    with pytest.raises(refusals.MayNotAward):
        claim(town, "MA-2", by="V0002")
    assert len(town.events("RightSuspended")) == 1


def test_a_leader_s_right_can_be_suspended_too(town: Town) -> None:
    assert claim(town, by="V0010")[0].status == "posted"
    leader = town.volunteer("V0010")
    town.run(rights.suspend, volunteer=leader, by=town.caller("U-SEC"), now=at("12:00"))
    with pytest.raises(refusals.MayNotAward):
        claim(town, "MA-2", by="V0010")


@pytest.mark.parametrize(("who", "refused"), [("V0006", False), ("V0007", True)])
def test_the_young_are_awarded_only_where_a_guardian_agreed(
    town: Town, who: str, refused: bool
) -> None:
    if refused:
        with pytest.raises(refusals.GuardianMissing):
            claim(town, who=who)
    else:
        assert claim(town, who=who)[0].status == "posted"
    assert town.count("activities_awards") == (0 if refused else 1)


def test_a_line_of_paper_for_the_young_needs_the_guardian_too(town: Town) -> None:
    written = paper.Written(at("08:00"), at("10:00"), "sheet 7")
    given = {"activity": town.activity("A1"), "written": written, "by": town.caller("U-ADM")}
    with pytest.raises(refusals.GuardianMissing):
        town.run(paper.enter_line, volunteer=town.volunteer("V0007"), now=at("12:00"), **given)
    assert town.count("activities_paper_lines") == 0
    town.run(paper.enter_line, volunteer=town.volunteer("V0006"), now=at("12:00"), **given)
    assert town.count("activities_paper_lines") == 1


def test_time_that_is_on_record_already_is_flagged_and_never_refused(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    touching, _ = claim(town, "MA-1", claimed_from=at("10:00"), claimed_to=at("11:00"))
    assert touching.flags == ["manual"]
    unconfirmed, _ = claim(town, "MA-2", claimed_from=at("09:30"), claimed_to=at("10:00"))
    assert (unconfirmed.flags, unconfirmed.status) == (["manual", "overlap"], "posted")
    twice, _ = claim(town, "MA-3", claimed_from=at("10:30"), claimed_to=at("11:30"))
    assert twice.flags == ["manual", "overlap"]
    another, _ = claim(town, "MA-4", who="V0002", claimed_to=at("10:00"))
    assert another.flags == ["manual"]
    again, replayed = claim(town, "MA-1", claimed_from=at("10:00"), claimed_to=at("11:00"))
    assert (again.flags, replayed) == (["manual"], True)
