"""A workbook of many rows, read in a process of its own: `python -m tests.evidence.large`.

The last line is JSON: rows, seconds, rss_mb.
"""

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from service.evidence.reading import Reader
from service.evidence.sources import open_source, plan_for

ROWS = 300_000
NAMES = ["完成时间", "兑换单号", "小票后六位", "类型", "物品", "数量", "价值", "积分", "状态"]
WORDS = [*NAMES, "兑换", "遮阳帽", "成功"]
FIRST = 45_948  # 2025-10-18, as a spreadsheet counts days
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PLAIN = {
    "xl/workbook.xml": f'{XML}<workbook {MAIN} xmlns:r="{LINKS}"><sheets>'
    '<sheet name="明细" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f"{XML}<Relationships>"
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/styles.xml": f'{XML}<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="22"/></cellXfs></styleSheet>',
}


def write(path: Path, rows: int) -> None:
    """Write a workbook whose references are shared strings: what spreadsheets write, at worst."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PLAIN.items():
            archive.writestr(name, content)
        for name, parts in (
            ("xl/sharedStrings.xml", strings(rows)),
            ("xl/worksheets/sheet1.xml", sheet(rows)),
        ):
            with archive.open(name, "w") as stream:
                for part in parts:
                    stream.write(part.encode())


def peak_mb() -> int:
    """Return this program's own peak; getrusage would count the process that started it, too."""
    status = Path("/proc/self/status").read_text("utf-8")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak) // 1024


def strings(rows: int) -> Iterator[str]:
    yield f"{XML}<sst {MAIN}>" + "".join(f"<si><t>{word}</t></si>" for word in WORDS)
    for at in range(rows):
        yield f"<si><t>R2025{at:011}</t></si>"
    yield "</sst>"


def sheet(rows: int) -> Iterator[str]:
    yield f'{XML}<worksheet {MAIN}><sheetData><row r="1">'
    yield "".join(f'<c r="{chr(65 + at)}1" t="s"><v>{at}</v></c>' for at in range(len(NAMES)))
    yield "</row>"
    shared = {name: WORDS.index(name) for name in WORDS[len(NAMES) :]}
    kind, item, done = shared.values()
    for at in range(rows):
        row, moment = at + 2, FIRST + at / rows
        yield (
            f'<row r="{row}"><c r="A{row}" s="1"><v>{moment:.10f}</v></c>'
            f'<c r="B{row}" t="s"><v>{len(WORDS) + at}</v></c><c r="C{row}"><v>{at}</v></c>'
            f'<c r="D{row}" t="s"><v>{kind}</v></c><c r="E{row}" t="s"><v>{item}</v></c>'
            f'<c r="F{row}"><v>1</v></c><c r="G{row}"><v>{at % 97}.5</v></c>'
            f'<c r="H{row}"><v>{at % 50 + 1}</v></c><c r="I{row}" t="s"><v>{done}</v></c></row>'
        )
    yield "</sheetData></worksheet>"


def read(path: Path) -> int:
    """Read a workbook through; return how many sales it has."""
    source = open_source(path)
    head, plan = plan_for(source)
    reader = Reader(source, head, plan, today=date(2025, 10, 20))
    return sum(1 for _ in reader.rows())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        write(path, rows)
        start = time.perf_counter()
        found = read(path)
    rss = peak_mb()
    seconds = round(time.perf_counter() - start, 2)
    sys.stdout.write(json.dumps({"rows": found, "seconds": seconds, "rss_mb": rss}) + "\n")


if __name__ == "__main__":
    main()
