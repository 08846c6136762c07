"""The catalogs say everything that the sources say, once, and nothing else."""

from pathlib import Path

import pytest

from service import i18n
from service.locale import build

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Catalogs of the test's own; the sources stay the real ones."""
    monkeypatch.setattr(build, "DIRECTORY", tmp_path)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    language = tmp_path / "zh_Hans/LC_MESSAGES"
    language.mkdir(parents=True)
    return language


def write(language: Path, slice_: str, *entries: tuple[str, str]) -> None:
    body = "\n".join(f'msgid "{msgid}"\nmsgstr "{text}"\n' for msgid, text in entries)
    (language / f"{slice_}.po").write_text(HEAD + body, encoding="utf-8")


def test_no_message_is_missing_unused_fuzzy_or_at_odds() -> None:
    assert build.faults() == []


def test_the_sources_are_really_read() -> None:
    found = build.messages()
    assert {"Not found", "Large type", "Sign out"} <= found  # Python, macros, layouts
    assert len(found) > 40


def test_two_slices_may_share_a_message_only_in_agreement(elsewhere: Path) -> None:
    write(elsewhere, "people", ("Back", "返回"))
    write(elsewhere, "shops", ("Back", "返回"))
    assert build.main([]) == 0
    write(elsewhere, "shops", ("Back", "后退"))
    assert build.main([]) == 1


def test_the_compiled_catalog_is_what_the_service_reads(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(elsewhere, "web", ("Back", "返回"), ("Empty", ""))
    build.build()
    monkeypatch.setattr(i18n, "DIRECTORY", elsewhere.parents[1])
    i18n.catalog.cache_clear()
    spoken = i18n.catalog("zh_Hans")
    i18n.catalog.cache_clear()
    assert spoken.gettext("Back") == "返回"
    assert spoken.gettext("Empty") == "Empty"


def test_a_translation_that_loses_a_value_is_a_fault(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "messages", lambda: {"{n} points short.", "%(at)s late", "Gone"})
    write(elsewhere, "a", ("{n} points short.", "还差分。"), ("%(at)s late", "迟到 %(at)s"))
    write(elsewhere, "b", ("Old", "旧"))
    assert build.faults() == [
        "zh_Hans: missing: 'Gone'",
        "zh_Hans/a.po: other values than the message: '{n} points short.'",
        "zh_Hans/b.po: unused: 'Old'",
    ]


def test_a_fuzzy_entry_is_not_spoken(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "messages", lambda: {"Back"})
    text = HEAD + '#, fuzzy\nmsgid "Back"\nmsgstr "返回"\n'
    (elsewhere / "web.po").write_text(text, encoding="utf-8")
    assert build.faults() == ["zh_Hans/web.po: not translated: 'Back'"]
