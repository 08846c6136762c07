"""What people send as a file: how much is read, what it is taken for, and how it comes back."""

import ast
import io
import json
import zipfile
from base64 import b64encode
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from service.web.uploads import INERT
from tests.conftest import ROOT
from tests.evidence.conftest import CORPUS
from tests.files.test_keep import photo, png_header, with_place
from tests.shops.conftest import market
from tests.shops.market import Market
from tests.shops.test_pictures import send as send_picture
from tests.web.neighbours import borrowed, doors
from tests.web.test_readers import OWN

__all__ = ["market"]
OWNER = "A-OWNER"
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SHEET = "xl/worksheets/sheet1.xml"
# Names that a file may come with; none of them is ever a path, and none is shown as markup.
NAMES = (
    "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\x.csv", "a\x00.csv",
    "<script>alert(1)</script>.csv", "x" * 3000 + ".csv", "账单\u202egpj.exe", "a.csv\r\nX-A: 1",
)  # fmt: skip
# The only places that send a file from the disk; each is one that this test, or its own, looks at.
SENDERS = {
    "service/web/uploads.py", "service/evidence/routes/pages.py", "service/certificates/routes.py",
    "service/settlement/routes/statements.py", "service/packs/routes.py",
    "service/web/installed.py", "service/notices/routes/papers.py",
    "service/notices/routes/open.py",
}  # fmt: skip


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise AssertionError("it was read")


def unread(length: int) -> dict[str, Any]:
    """Say how long a body is, which must not be read."""
    return {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length)}


def workbook(changed: dict[str, bytes]) -> bytes:
    """Return a workbook in which some parts say something else, or are there besides."""
    out = io.BytesIO()
    with zipfile.ZipFile(CORPUS / "plain.xlsx") as source:
        parts = {name: source.read(name) for name in source.namelist()} | changed
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def part(name: str) -> bytes:
    with zipfile.ZipFile(CORPUS / "plain.xlsx") as source:
        return source.read(name)


def tree(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def send(market: Market, content: bytes, *, name: str) -> TestResponse:
    """Send a table; the test client's own forms leave a file open."""
    headers = {"Authorization": f"Bearer {market.tokens[OWNER]}"}
    said = name.replace("\\", "\\\\").replace('"', '\\"')
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{said}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    path = "/api/v1/shops/A/files"
    return market.client.post(path, data=body, headers=headers, content_type=kind)


def sent(market: Market, content: bytes, *, name: str) -> dict[str, Any]:
    answer = send(market, content, name=name)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


# ---------------------------------------------------------------- how much is read


def test_no_route_reads_a_body_that_says_that_it_is_too_large(
    market: Market, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", True)
    heard: dict[str, set[int]] = {}
    for method, rule in doors(app, "POST", "PUT", "PATCH", "DELETE"):
        if rule.endpoint in OWN:
            continue  # who signs out reads no body either, and is nobody afterwards
        for who in ("A-OWNER", "U-CH", "U-SEC", "V0001", "A"):
            headers = {"Authorization": f"Bearer {market.tokens[who]}", "Idempotency-Key": "k"}
            answer = app.test_client().open(
                borrowed(app, rule).replace("/S01", "/A"),
                method=method,
                headers=headers,
                content_type="multipart/form-data; boundary=x",
                environ_overrides=unread(49 * 1024 * 1024),
            )
            heard.setdefault(f"{method} {rule.rule}", set()).add(answer.status_code)
    assert not [door for door, said in heard.items() if 500 in said]
    taken = {door for door, said in heard.items() if 413 in said}
    assert len(taken) > 25, sorted(taken)
    assert {"POST /api/v1/shops/<code>/files", "POST /desk/files"} <= taken


@pytest.mark.parametrize(
    ("path", "most"), [("/api/v1/shops/A/files", 48), ("/api/v1/evidence", 16)]
)
def test_a_route_for_files_says_how_much_it_takes(market: Market, path: str, most: int) -> None:
    who = OWNER if "shops" in path else "U-SEC"
    headers = {"Authorization": f"Bearer {market.tokens[who]}"}
    answer = market.client.post(
        path,
        headers=headers,
        content_type="multipart/form-data; boundary=x",
        environ_overrides=unread(most * 1024 * 1024 + 1),
    )
    assert answer.status_code == 413
    assert str(most) in answer.json["detail"]


# ------------------------------------------------------------------------ pictures


def polyglots() -> dict[str, bytes]:
    """Files that are two things at once: a picture to one reader, a program to another."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("index.html", HTML)
    commented = photo(comment=HTML)
    return {
        "a JPEG and an archive": photo() + archive.getvalue(),
        "a JPEG and a page": commented,
        "a PNG and a page": photo("PNG") + HTML,
        "a WebP and a drawing": photo("WEBP") + SVG,
    }


@pytest.mark.parametrize("what", polyglots())
def test_a_picture_that_is_something_else_too_is_only_a_picture_afterwards(
    market: Market, what: str
) -> None:
    answer = send_picture(market, polyglots()[what])
    assert answer.status_code == 200, answer.text
    kept = market.client.get(answer.json["picture"]).data
    assert Image.open(io.BytesIO(kept)).size == (60, 40)
    for remains in (b"script", b"PK\x03\x04", b"html", b"svg"):
        assert remains not in kept


@pytest.mark.parametrize(
    "content",
    [SVG, HTML, b"GIF89a" + HTML, (CORPUS / "plain.xlsx").read_bytes(), png_header(30_000, 30_000),
     b"%PDF-1.7 /JavaScript", photo()[:200]],
    ids=["svg", "html", "gif", "xlsx", "bomb", "pdf", "torn"],
)  # fmt: skip
def test_what_is_no_picture_is_kept_nowhere(market: Market, content: bytes) -> None:
    before = tree(market.settings.files_folder)
    assert send_picture(market, content).status_code == 422
    assert tree(market.settings.files_folder) == before


def test_a_photo_comes_back_without_where_it_was_taken(market: Market) -> None:
    taken = with_place()
    assert Image.open(io.BytesIO(taken)).getexif().get_ifd(0x8825)
    answer = market.client.get(send_picture(market, taken).json["picture"])
    assert not Image.open(io.BytesIO(answer.data)).getexif()
    assert b"Exif" not in answer.data


# -------------------------------------------------------------------------- tables

DECLARED = b'<?xml version="1.0"?><!DOCTYPE x [%s]>'
LAUGHS = DECLARED % b'<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'
OUTSIDE = DECLARED % b'<!ENTITY a SYSTEM "file:///etc/passwd">'


def forged() -> dict[str, tuple[bytes, str]]:
    """Workbooks that nobody should open, and by which word each is refused."""
    body = part(SHEET).partition(b"?>")[2]
    wide = part(SHEET).replace(b"<row", b'<x y="' + b"z" * 3_000_000 + b'"/><row', 1)
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb", bytes(60_000_000))
    noise = b64encode(Random(1).randbytes(2_250_000))  # folds so little that it is no other bomb
    many = {f"xl/media/{n}.bin": b"x" for n in range(600)}
    return {
        "texts within texts": (workbook({SHEET: LAUGHS + body}), "entity"),
        "a file of the machine": (workbook({SHEET: OUTSIDE + body}), "entity"),
        "a declaration in the styles": (workbook({"xl/styles.xml": LAUGHS + b"<x/>"}), "entity"),
        "a part that unfolds a thousandfold": (workbook({SHEET: bytes(30_000_000)}), "bomb"),
        "a part beside that does": (workbook({"xl/media/a.bin": bytes(30_000_000)}), "bomb"),
        "six hundred parts": (workbook(many), "bomb"),
        "one tag of megabytes": (
            workbook({SHEET: wide.replace(b"z" * 3_000_000, noise)}),
            "bomb",
        ),
        "a program": (workbook({"xl/vbaProject.bin": b"x"}), "macros"),
        "a page": (HTML, "no_head"),
        "a drawing": (SVG, "no_head"),
        "an archive of something else": (nested.getvalue(), "bomb"),
    }


@pytest.mark.parametrize("what", forged())
def test_a_table_that_nobody_should_open_is_refused_by_name(market: Market, what: str) -> None:
    content, fault = forged()[what]
    file = sent(market, content, name="bill.xlsx")
    assert (file["status"], file["fault"]["slug"]) == ("bad", fault)
    assert market.count("evidence_live_rows") == 0


def test_names_within_an_archive_are_no_paths(market: Market) -> None:
    evil = ("../../../../tmp/aixin-evil", "/tmp/aixin-evil", "xl/worksheets/../../../evil", "..\\e")
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb", bytes(1_000_000))
    folder = market.settings.files_folder
    before = tree(folder)
    sent(market, workbook(dict.fromkeys(evil, b"x") | {"xl/a.zip": nested.getvalue()}), name="b")
    (one,) = tree(folder) - before
    assert one.split("/")[0] == "evidence"
    assert not Path("/tmp/aixin-evil").exists()


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_is_neither_a_path_nor_markup(market: Market, name: str) -> None:
    folder = market.settings.files_folder
    before, content = tree(folder), (CORPUS / "utf8.csv").read_bytes() + name.encode()[:9] + b"\n"
    answer = send(market, content, name=name)
    assert answer.status_code in {201, 400, 422}, answer.text
    for one in tree(folder) - before:
        assert len(Path(one).name) == 64  # its digest
    if answer.status_code != 201:
        return
    assert len(answer.json["name"]) < 300
    assert "/" not in answer.json["name"]
    headers = {"Authorization": f"Bearer {market.tokens[OWNER]}"}
    assert b"<script>alert" not in market.client.get("/desk/files", headers=headers).data
    kept = market.client.get(f"/desk/files/{answer.json['id']}/original", headers=headers)
    assert "X-A" not in kept.headers
    assert kept.headers["Content-Disposition"].startswith("attachment; filename=A-")
    kept.close()


# ----------------------------------------------------------------- how it comes back


def quiet(answer: TestResponse) -> dict[str, str]:
    """Return what a browser is told of a file."""
    answer.close()
    names = ("X-Content-Type-Options", "Content-Security-Policy")
    return {name: answer.headers.get(name, "") for name in names}


def test_what_was_sent_to_us_runs_nowhere(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens[OWNER]}"}
    picture = market.client.get(send_picture(market, photo()).json["picture"])
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Content-Disposition"].startswith("inline; filename=good-")
    number = sent(market, HTML, name="a.html")["id"]
    original = market.client.get(f"/desk/files/{number}/original", headers=headers)
    assert original.mimetype == "application/octet-stream"
    assert original.headers["Content-Disposition"].startswith("attachment")
    told = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": INERT}
    assert quiet(picture) == quiet(original) == told
    assert "script" not in INERT
    assert "sandbox" in INERT


def test_every_file_is_sent_by_one_of_a_few_places() -> None:
    found = set()
    for path in (ROOT / "service").rglob("*.py"):
        called = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if called & {"send_file", "send_from_directory"}:
            found.add(path.relative_to(ROOT).as_posix())
    assert found <= SENDERS, found - SENDERS
    assert json.dumps(sorted(found))
