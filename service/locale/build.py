"""Join the slices' catalogs into one compiled file a language, and check them against the sources.

    python -m service.locale.build            # *.po of a language -> its messages.mo
    python -m service.locale.build --check    # what is missing, unused, fuzzy or at odds

A message may stand in several slices' files when its translation is the same in all.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
DIRECTORY = Path(__file__).parent
SOURCES = ("service", "workers", "templates")
SKIPPED = {"node_modules", "static", "migrations", "__pycache__", "assets"}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {
    "**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}
}
HOLES = re.compile(r"\{\w+\}|%\(\w+\)[sd]")


class Contradiction(Exception):
    """Two catalogs of one language translate a message differently."""


@dataclass(frozen=True)
class Entry:
    """One translated message and the file that says so."""

    id: str
    plural: str | None
    strings: tuple[str, ...]
    fuzzy: bool
    file: str

    @property
    def done(self) -> bool:
        """Whether a reader will see a translation of this message."""
        return not self.fuzzy and all(self.strings)

    def loses_a_hole(self) -> bool:
        """Whether a value named in the message is missing from, or unknown to, a translation."""
        named = set(HOLES.findall(self.id)) | set(HOLES.findall(self.plural or ""))
        return any(self.done and set(HOLES.findall(string)) != named for string in self.strings)


def languages() -> list[Path]:
    """The directories of the languages that have catalogs."""
    return sorted(path for path in DIRECTORY.glob("*/LC_MESSAGES") if path.is_dir())


def entries(language: Path) -> Iterator[Entry]:
    """Every message of every catalog of a language, in the order of file and line."""
    for path in sorted(language.glob("*.po")):
        with path.open("rb") as stream:
            catalog = read_po(stream, abort_invalid=True)
        for message in catalog:
            if message.id:
                yield _entry(message.id, message.string, message.fuzzy, path.name)


def _entry(
    ids: str | tuple[str, ...] | list[str], strings: object, fuzzy: bool, file: str
) -> Entry:
    singular, plural = (ids, None) if isinstance(ids, str) else (ids[0], ids[1])
    texts = tuple(strings) if isinstance(strings, list | tuple) else (str(strings or ""),)
    return Entry(singular, plural, texts, fuzzy, file)


def joined(found: Iterable[Entry]) -> dict[str, Entry]:
    """One entry a message; the first file wins when all agree."""
    table: dict[str, Entry] = {}
    for entry in found:
        known = table.setdefault(entry.id, entry)
        if known.strings != entry.strings:
            raise Contradiction(f"{entry.id!r}: {known.file} and {entry.file} differ")
    return table


def compiled(table: Mapping[str, Entry], language: Path) -> bytes:
    """The machine form that gettext reads."""
    catalog = Catalog(locale=language.parent.name, charset="utf-8")
    for entry in table.values():
        if entry.done and entry.plural is None:
            catalog.add(entry.id, entry.strings[0])
        elif entry.done:
            catalog.add((entry.id, entry.plural or ""), entry.strings)
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def build() -> list[Path]:
    """Write every language's messages.mo; a running server never sees half a file."""
    written = []
    for language in languages():
        target = language / "messages.mo"
        draft = target.with_suffix(".new")
        draft.write_bytes(compiled(joined(entries(language)), language))
        written.append(draft.replace(target))
    return written


def messages() -> set[str]:
    """Every message id that the sources mark for translation."""
    found = set()
    for source in SOURCES:
        for _, _, ids, _, _ in extract_from_dir(
            ROOT / source, METHODS, OPTIONS, directory_filter=_worth_reading
        ):
            found.add(ids if isinstance(ids, str) else ids[0])
    return found - {""}


def _worth_reading(directory: str) -> bool:
    return Path(directory).name not in SKIPPED


def faults() -> list[str]:
    """What is wrong with the catalogs, one sentence each; empty when all is well."""
    wanted = messages()
    found = []
    for language in languages():
        table = joined(entries(language))
        name = language.parent.name
        found += [f"{name}: missing: {text!r}" for text in sorted(wanted - table.keys())]
        found += [fault for entry in table.values() for fault in _faults(name, entry, wanted)]
    return found


def _faults(language: str, entry: Entry, wanted: set[str]) -> Iterator[str]:
    place = f"{language}/{entry.file}"
    if entry.id not in wanted:
        yield f"{place}: unused: {entry.id!r}"
    if not entry.done:
        yield f"{place}: not translated: {entry.id!r}"
    if entry.loses_a_hole():
        yield f"{place}: other values than the message: {entry.id!r}"


def main(arguments: list[str] | None = None) -> int:
    """Compile, or check; the number of faults decides the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service.locale.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare with the sources")
    try:
        if parser.parse_args(arguments).check:
            found = faults()
            print("\n".join(found) or "Every message is translated.")
            return 1 if found else 0
        for path in build():
            print(path.relative_to(ROOT))
    except Contradiction as contradiction:
        print(contradiction, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
