"""The design's numbers, recomputed from tokens.css: contrast of every theme, sizes, rules."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "service/web/static"
TOKENS = (STATIC / "tokens.css").read_text("utf-8")
STYLES = (STATIC / "aixin.css").read_text("utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MEANINGS = ("ok", "warn", "bad", "info")

TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "surface", "sunken")],
    *[("brand", ground) for ground in ("paper", "surface")],
    *[("brand-deep", ground) for ground in ("brand-soft", "surface")],
    *[("on-brand", ground) for ground in ("brand", "brand-deep")],
    *[(meaning, ground) for meaning in MEANINGS for ground in ("paper", "surface")],
    *[(meaning, f"{meaning}-soft") for meaning in MEANINGS],
    *[("ink", f"{meaning}-soft") for meaning in MEANINGS],
    *[("on-solid", meaning) for meaning in MEANINGS],
]
BORDERS = [
    *[("edge", ground) for ground in ("paper", "surface", "sunken")],
    *[("brand", ground) for ground in ("paper", "surface", "brand-soft")],
    *[("focus", ground) for ground in ("paper", "surface", "sunken")],
    *[(meaning, ground) for meaning in MEANINGS for ground in ("paper", "surface")],
]


def block(opening: str) -> dict[str, str]:
    """The custom properties of the first rule that begins with these words."""
    body = TOKENS.split(opening, 1)[1].split("{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


LIGHT = block("/* Aixin tokens.")
DARK = LIGHT | block(':root:not([data-theme="light"])')
TILL = LIGHT | block('[data-surface="till"]')
DESK = LIGHT | block('[data-surface="desk"]')
ELDER = LIGHT | block("[data-elder]")
THEMES = {"light": LIGHT, "dark": DARK, "till": TILL}


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("ink", "ground"), TEXT)
@pytest.mark.parametrize(("theme", "least"), [("light", 4.5), ("dark", 4.5), ("till", 7.0)])
def test_text_is_readable(theme: str, least: float, ink: str, ground: str) -> None:
    colours = THEMES[theme]
    found = contrast(colours[ink], colours[ground])
    assert found >= least, f"{ink} on {ground} in {theme}: {found:.2f}"


@pytest.mark.parametrize(("line", "ground"), BORDERS)
@pytest.mark.parametrize("theme", THEMES)
def test_borders_that_mean_something_are_seen(theme: str, line: str, ground: str) -> None:
    found = contrast(THEMES[theme][line], THEMES[theme][ground])
    assert found >= 3, f"{line} on {ground} in {theme}: {found:.2f}"


def pixels(length: str) -> float:
    """A length of the tokens for a reader who left the type size alone."""
    number = float(re.match(r"[\d.]+", length)[0])
    return number * 16 if length.endswith("rem") else number


@pytest.mark.parametrize(
    ("surface", "least_text", "body", "target"),
    [(LIGHT, 16, 18, 48), (ELDER, 20, 23, 60), (TILL, 20, 22, 64), (DESK, 14, 16, 48)],
    ids=["phone", "elder", "till", "desk"],
)
def test_type_and_targets_are_as_large_as_agreed(
    surface: dict[str, str], least_text: float, body: float, target: float
) -> None:
    assert pixels(surface["fs-s"]) >= least_text
    assert pixels(surface["fs-m"]) >= body
    assert pixels(surface["tap"]) >= target


def test_type_is_in_rem_so_that_the_reader_s_own_size_wins() -> None:
    sizes = re.findall(r"--fs-\w+:\s*([^;]+);", TOKENS)
    assert len(sizes) == 24
    assert [size for size in sizes if not size.endswith("rem")] == []


def test_the_components_use_only_tokens_that_exist() -> None:
    used = set(re.findall(r"var\(--([\w-]+)", STYLES))
    assert len(used) > 30
    assert used - LIGHT.keys() == set()


def test_every_icon_that_a_template_names_exists() -> None:
    known = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text("utf-8")))
    named = {
        (path.name, icon)
        for path in TEMPLATES
        for icon in re.findall(r"""(?:icons\.svg#|icon\(["'])(\w+)""", path.read_text("utf-8"))
    }
    assert {icon for _, icon in named}
    assert {(page, icon) for page, icon in named if icon not in known} == set()


def inline(path: Path) -> Iterator[str]:
    """What the site's policy would refuse to run or to draw."""
    text = path.read_text("utf-8")
    yield from re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    yield from re.findall(r"<style\b[^>]*>|\sstyle=|\son[a-z]+=[\"']", text)
    yield from re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//[^\"']*", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_what_the_policy_refuses(path: Path) -> None:
    assert list(inline(path)) == []
