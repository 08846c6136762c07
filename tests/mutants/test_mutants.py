"""A mutant that no longer applies says nothing; so each must, to the migrations as they are."""

import pytest

from tests.mutants.catalogue import MUTANTS, Edit, Mutant, Stale


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_applies(mutant: Mutant) -> None:
    assert mutant.edits
    mutant.check()


@pytest.mark.parametrize("text", ["nothing of it", "true, and true again"])
def test_a_mutant_that_applies_twice_or_never_is_stale(text: str) -> None:
    with pytest.raises(Stale):
        Mutant("stale", edits=[Edit("0001_ledger", ["true"], ["false"])]).applied(
            "0001_ledger", text
        )
