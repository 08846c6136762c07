"""An award is taken back by two people: nothing edited, nothing deleted, all of it told."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest
from sqlmodel import Session

from service import activities, ledger
from service.activities import refusals
from service.activities.actions import awards, reversals, rights
from service.activities.models import AwardReversal
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_manual_awards import claim
from tests.activities.town import Town, at


def award_id(town: Town, key: str = "MA-1") -> int:
    return int(town.one("SELECT id FROM activities_awards WHERE key = %(key)s", key=key))


def propose(
    town: Town, by: str = "U-SEC", key: str = "MA-1", reason: str = "no rehearsal took place"
) -> AwardReversal:
    found: AwardReversal = town.run(
        reversals.propose_reversal, award_id=award_id(town, key), reason=reason,
        by=town.caller(by), now=at("21:58"),
    )  # fmt: skip
    return found


def decide(
    town: Town, by: str = "U-SUP", key: str = "MA-1", *, accept: bool = True, reason: str = "no"
) -> AwardReversal:
    found: AwardReversal = town.run(
        reversals.decide_reversal, award_id=award_id(town, key),
        decision=awards.Decision(accept, reason), by=town.caller(by), now=at("22:05"),
    )  # fmt: skip
    return found


def standing(town: Town, code: str = "V0001") -> activities.Standing:
    found: activities.Standing = town.run(activities.standing, volunteer_id=town.volunteer(code).id)
    return found


def letters(town: Town, code: str) -> list[str]:
    rows = town.database.rows(
        "SELECT m.kind FROM inbox_messages m JOIN people_volunteers v ON v.id = m.volunteer_id"
        " WHERE v.code = %(code)s ORDER BY m.id",
        {"code": code},
    )
    return [row["kind"] for row in rows]


def test_two_people_take_an_award_back(town: Town) -> None:
    claim(town)
    assert standing(town) == activities.Standing(36, 180)
    propose(town)
    assert town.balance("V0001") == 36
    done = decide(town)
    assert (done.decision, done.decided_by) == ("approved", "staff:U-SUP")
    assert town.balance("V0001") == 0
    assert standing(town) == activities.Standing(0, 0)
    row = town.database.rows("SELECT status, points, minutes FROM activities_awards")
    assert row == [{"status": "reversed", "points": 36, "minutes": 180}]
    reverse = town.one("SELECT reverses_id FROM ledger_transfers WHERE kind = 'reverse'")
    assert reverse == town.one("SELECT transfer_id FROM activities_awards")
    assert [event["points"] for event in town.events("ReversalProposed")] == [-36]
    assert [event["award"] for event in town.events("ReversalPosted")] == ["MA-1"]
    assert letters(town, "V0001") == ["awards_posted", "award_reversed"]
    trail = town.database.rows(
        "SELECT action FROM trail_records WHERE subject = 'award:MA-1' ORDER BY id"
    )
    assert [each["action"] for each in trail] == ["enter", "propose-reversal", "approve-reversal"]


def test_neither_maker_nor_proposer_nor_beneficiary_decides(town: Town) -> None:
    town.run(
        rights.entrust, volunteer=town.volunteer("V0002"), by=town.caller("U-SEC"), now=at("12:00")
    )
    claim(town, by="V0002")
    with pytest.raises(refusals.NothingProposed):
        decide(town)
    propose(town)
    for who, refusal in (
        ("V0002", refusals.OwnApproval),
        ("V0001", refusals.OwnApproval),
        ("U-SEC", refusals.OwnProposal),
        ("U-GZ", refusals.OtherCommunity),
    ):
        with pytest.raises(refusal):
            decide(town, who)
    assert town.balance("V0001") == 36
    assert decide(town, "U-ADM").decision == "approved"


def test_staff_who_are_volunteers_stay_the_same_person(town: Town) -> None:
    claim(town)
    propose(town)
    town.database.call(
        "UPDATE people_staff SET volunteer_id = %(id)s WHERE code = 'U-SUP' RETURNING id",
        {"id": town.volunteer("V0001").id},
    )
    with pytest.raises(refusals.OwnApproval):
        decide(town, "U-SUP")


def test_each_step_sent_twice_counts_once(town: Town) -> None:
    claim(town, by="V0010")
    first = propose(town)
    assert propose(town, "U-ADM", reason="another").id == first.id
    assert decide(town).transfer_id == decide(town).transfer_id
    for by, accept in (("U-ADM", True), ("U-SUP", False)):
        with pytest.raises(refusals.AlreadyDecided):
            decide(town, by, accept=accept)
    assert town.balance("V0001") == 0
    assert town.count("ledger_transfers") == 2
    assert len(town.events("ReversalProposed")) == len(town.events("ReversalPosted")) == 1


def test_a_refused_proposal_says_why_and_another_may_follow(town: Town) -> None:
    claim(town)
    propose(town)
    with pytest.raises(refusals.ReasonMissing):
        decide(town, accept=False, reason="  ")
    done = decide(town, accept=False, reason="the photo shows the rehearsal")
    assert (done.decision, done.refusal) == ("refused", "the photo shows the rehearsal")
    assert town.balance("V0001") == 36
    with pytest.raises(refusals.NothingProposed):
        decide(town)
    propose(town, reason="somebody else came forward")
    assert decide(town).decision == "approved"
    assert town.count("activities_award_reversals") == 2


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_proposal_needs_its_reason(town: Town, reason: str) -> None:
    claim(town)
    with pytest.raises(refusals.ReasonMissing):
        propose(town, reason=reason)
    assert town.count("activities_award_reversals") == 0


def test_what_waits_or_was_refused_cannot_be_taken_back(town: Town) -> None:
    claim(town, claimed_to=at("12:30"))
    with pytest.raises(refusals.NotReversible):
        propose(town)
    decided = partial(awards.decide_manual, key="MA-1", decision=awards.Decision(False, "no"))
    town.run(decided, by=town.caller("U-SUP"), now=at("19:00"))
    with pytest.raises(refusals.NotReversible):
        propose(town)


def test_a_reversed_award_gives_its_cap_room_back(town: Town) -> None:
    claim(town, "M1", rule="R-GEN", claimed_from=at("08:00"))
    claim(town, "M2", rule="R-GEN", claimed_from=at("08:00"))
    full = claim(town, "M3", claimed_from=at("14:00"), claimed_to=at("15:00"))[0]
    assert (full.points, full.cut_by) == (0, "day")
    propose(town, key="M1")
    assert claim(town, "M4", claimed_from=at("14:00"), claimed_to=at("15:00"))[0].points == 0
    decide(town, key="M1")
    after = claim(town, "M5", claimed_from=at("14:00"), claimed_to=at("15:00"))[0]
    assert (after.points, after.cut) == (12, 0)


def test_what_was_spent_of_a_reversed_award_becomes_a_debt(town: Town) -> None:
    claim(town)
    programme = town.volunteer("V0001").programme_id

    def spend(session: Session) -> None:
        ledger.open_account(
            session, programme_id=programme, address="shop", unit=ledger.Unit.PTS,
            place=ledger.HOT_END, now=at("13:00"),
        )  # fmt: skip
        reason = ledger.Reason(
            programme_id=programme, key="buy", actor="t", source="t", occurred_at=at("13:00"),
            business_day=at("13:00").date(),
        )  # fmt: skip
        legs = (
            ledger.Leg("volunteer:V0001", ledger.Unit.PTS, -30),
            ledger.Leg("shop", ledger.Unit.PTS, 30),
        )
        ledger.post(session, reason, kind=ledger.Kind.REDEEM, legs=legs, now=at("13:00"))

    town.database.atomic(spend)
    propose(town)
    decide(town)
    assert town.balance("V0001") == -30


def test_hours_from_the_gate_are_taken_back_and_not_given_twice(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    first = confirmed(town, "V0001")
    assert first.award is not None
    propose(town, key=first.award.key)
    decide(town, key=first.award.key)
    again = confirmed(town, "V0001")
    assert (again.status, again.reason) == ("refused", "taken_back")
    assert town.balance("V0001") == 0


def test_an_award_of_no_points_gives_its_hours_back(town: Town) -> None:
    claim(town, "M1", rule="R-GEN", claimed_from=at("08:00"))
    claim(town, "M2", rule="R-GEN", claimed_from=at("08:00"))
    claim(town, "M3")
    before = standing(town).minutes
    propose(town, key="M3")
    assert decide(town, key="M3").transfer_id is None
    assert standing(town).minutes == before - 180


def test_two_who_decide_at_once_reverse_once(town: Town) -> None:
    for n in range(4):
        key = f"M{n}"
        claim(town, key, by="V0010", claimed_from=at("09:00"), claimed_to=at("10:00"))
        propose(town, key=key)

        def one(by: str, key: str = key) -> str | None:
            try:
                return decide(town, by, key).decided_by
            except refusals.AlreadyDecided:
                return None

        with ThreadPoolExecutor(3) as pool:
            told = set(pool.map(one, ["U-SUP", "U-ADM", "U-SUP"]))
        assert len(told - {None}) == 1
    assert town.balance("V0001") == 0
    assert town.one("SELECT count(*) FROM ledger_transfers WHERE kind = 'reverse'") == 4


@pytest.mark.parametrize(
    "change",
    [
        "points = points + 1", "minutes = 0", "maker = 'x'", "evidence = 'x'", "transfer_id = NULL",
        "volunteer_id = 2", "status = 'waiting'", "status = 'refused'", "key = 'x'",
    ],
)  # fmt: skip
def test_an_award_is_never_edited(town: Town, owner: psycopg.Connection, change: str) -> None:
    claim(town)
    with pytest.raises(psycopg.DatabaseError):
        owner.execute(f"UPDATE activities_awards SET {change}".encode())


def test_an_award_is_never_deleted(town: Town, owner: psycopg.Connection) -> None:
    claim(town)
    with pytest.raises(psycopg.DatabaseError, match="never deleted"):
        owner.execute("DELETE FROM activities_awards")


def test_the_same_person_cannot_be_both_even_in_the_table(
    town: Town, owner: psycopg.Connection
) -> None:
    claim(town)
    propose(town)
    with pytest.raises(psycopg.errors.CheckViolation, match="two_people"):
        owner.execute(
            "UPDATE activities_award_reversals SET decision = 'approved',"
            " decided_by = proposed_by, decided_at = now()"
        )
