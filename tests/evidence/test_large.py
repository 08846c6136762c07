"""Large files stream: memory does not grow with them, and nothing bursts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.evidence.faults import Fault
from service.evidence.sources import open_source, plan_for
from service.evidence.workbook import Workbook
from tests.evidence.conftest import read
from tests.evidence.large import write

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("AIXIN_XLSX_ROWS", "60000"))  # 300,000 are asked for, and take a minute
RSS_MB_MAX = 250


def test_a_workbook_of_many_rows_is_read_in_little_memory() -> None:
    command = [sys.executable, "-m", "tests.evidence.large", "--rows", str(ROWS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["rows"] == ROWS
    assert told["rss_mb"] <= RSS_MB_MAX


def test_what_is_generated_reads_as_sales(tmp_path: Path) -> None:
    path = tmp_path / "small.xlsx"
    write(path, 4)
    rows, totals = read(path)
    told = ("day", "clock", "short_code", "amount", "points")
    assert [tuple(row.told()[name] for name in told) for row in rows] == [
        ("2025-10-18", None, "0", 50, 1),
        ("2025-10-18", "06:00:00", "1", 150, 2),
        ("2025-10-18", "12:00:00", "2", 250, 3),
        ("2025-10-18", "18:00:00", "3", 350, 4),
    ]
    assert [row.reference for row in rows][-1] == "R202500000000003"
    assert totals.goods == 4


def test_a_long_text_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    line = "2025-10-18 09:00:00,R{:09},1.00,5\n"
    with path.open("w", encoding="gb18030") as stream:
        stream.write("完成时间,单号,价值,积分\n")
        stream.writelines(line.format(at) for at in range(20_000))
    source = open_source(path)
    head, _ = plan_for(source)
    assert source.layout["encoding"] == "GB18030"
    lines = source.lines()
    assert [next(lines)[0] for _ in range(3)] == [1, 2, 3]
    lines.close()
    rows, totals = read(path)
    assert (head.line, len(rows), totals.goods_points) == (1, 20_000, 100_000)


def test_a_line_of_millions_of_cells_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"完成时间,单号,积分\n{',' * 2_000_000}\n", encoding="utf-8")
    with pytest.raises(Fault) as refused:
        read(path)
    assert (refused.value.slug, refused.value.line) == ("wide", 2)


def test_only_the_first_texts_of_a_workbook_are_read_for_a_look(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    write(path, 20_000)
    book = Workbook(path)
    assert len(book.sample()) == 30
    assert 0 < len(book.strings) < 5_000
