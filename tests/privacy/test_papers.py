"""The papers of deploy/security: what they name, commands and tests, exists."""

import re
from pathlib import Path

import pytest

from service.cli import parser

ROOT = Path(__file__).parents[2]
PAPERS = ("breach.md", "impact-assessment.md")


def paper(name: str) -> str:
    return (ROOT / "deploy" / "security" / name).read_text("utf-8")


def commands() -> set[str]:
    (choices,) = (one.choices for one in parser()._actions if one.choices)
    return set(choices)


@pytest.mark.parametrize("name", PAPERS)
def test_every_command_that_a_paper_names_exists(name: str) -> None:
    named = set(re.findall(r"`aixin ([a-z-]+)", paper(name))) - {"--help"}
    assert named
    assert named <= commands()


def test_every_test_that_the_assessment_rests_on_exists() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", paper("impact-assessment.md"))
    assert named
    assert all((ROOT / one).exists() for one in named)


def test_the_letters_are_there_in_both_languages() -> None:
    said = paper("breach.md")
    for heading in ("致志愿者", "To a volunteer", "致主管部门", "To the supervising office"):
        assert f"### {heading}" in said
