"""What people send as a picture: judged by its content, drawn anew, kept once."""

import os
import stat
import struct
import zlib
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image

from service import files
from service.db import Database
from service.files import pictures
from tests.conftest import NOON

GPS = b"N\x0031.2304"


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **told: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **told)
    return out.getvalue()


def with_place(turned: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    return photo(exif=exif, comment=b"who took it", icc_profile=b"a profile")


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header promises more than it holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(64)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.fixture
def keep(database: Database, tmp_path: Path) -> Any:
    def keeping(content: bytes, by: str = "staff:U-REC", **given: Any) -> files.File:
        told = {"purpose": "evidence", "community_id": None, "now": NOON} | given
        return database.atomic(partial(files.keep, content=content, by=by, folder=tmp_path, **told))

    return keeping


def kept(file: files.File, folder: Path) -> Image.Image:
    with Image.open(files.path(file, folder)) as found:
        found.load()
    return found


def test_a_photo_loses_where_and_by_what_it_was_taken(keep: Any, tmp_path: Path) -> None:
    sent = with_place()
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)
    file = keep(sent)
    content = files.path(file, tmp_path).read_bytes()
    picture = kept(file, tmp_path)
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for secret in (b"Exif", b"a camera", b"who took it", b"a profile", b"ICC_PROFILE"):
        assert secret in sent or secret == b"ICC_PROFILE"
        assert secret not in content
    assert (file.media_type, file.size) == ("image/jpeg", len(content))


def test_a_photo_stands_upright_without_its_note(keep: Any, tmp_path: Path) -> None:
    assert kept(keep(with_place(turned=6)), tmp_path).size == (40, 60)


@pytest.mark.parametrize(("kind", "kept_as"), [("PNG", "image/png"), ("WEBP", "image/jpeg")])
def test_each_kind_is_kept_as_a_browser_shows_it(
    keep: Any, tmp_path: Path, kind: str, kept_as: str
) -> None:
    file = keep(photo(kind, size=(3000, 300)))
    assert file.media_type == kept_as
    assert kept(file, tmp_path).size == (2048, 205)


def test_words_hidden_in_a_png_are_gone(keep: Any, tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "somebody")
    file = keep(photo("PNG", pnginfo=words) + b"<?php a tail behind the picture")
    content = files.path(file, tmp_path).read_bytes()
    assert b"somebody" not in content
    assert b"<?php" not in content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "YCbCr"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_way_to_hold_colours_is_drawn(mode: str, kind: str) -> None:
    out = BytesIO()
    try:
        Image.new(mode, (5, 5)).save(out, kind)
    except (OSError, ValueError):
        pytest.skip(f"{kind} holds no {mode}")
    assert Image.open(BytesIO(pictures.draw(out.getvalue()).content)).size == (5, 5)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a sheet of paper",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7\n",
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0" + bytes(200),
        photo()[:300],
        photo("PNG")[:60],
        photo("WEBP")[:40],
        photo("GIF"),
        photo("TIFF"),
        png_header(300, 300),
    ],
    ids=lambda content: f"{content[:8]!r}-{len(content)}",
)
def test_what_is_no_picture_by_its_content_is_refused(
    keep: Any, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(files.NotAPicture):
        keep(content)
    assert list(tmp_path.rglob("*.*")) == []


def test_a_bomb_is_refused_before_it_unfolds(keep: Any, tmp_path: Path) -> None:
    for width, height in ((8000, 5001), (30_000, 30_000), (2**31 - 1, 2)):
        with pytest.raises(files.PictureTooLarge):
            keep(png_header(width, height))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_more_than_eight_megabytes_is_refused(keep: Any) -> None:
    with pytest.raises(files.TooLarge):
        keep(photo() + bytes(files.BYTES_MAX))


def test_the_same_picture_from_the_same_person_is_one_file(keep: Any, tmp_path: Path) -> None:
    first = keep(photo())
    assert keep(photo(), now=NOON + timedelta(days=3)).id == first.id
    assert keep(photo(), by="staff:U-SEC").id != first.id
    assert keep(photo(), purpose="sheet").id != first.id
    assert keep(photo(), community_id=7).id != first.id
    assert len(list(tmp_path.glob("*/*"))) == 4


def test_a_lost_content_is_written_again(keep: Any, tmp_path: Path) -> None:
    first = keep(photo())
    files.path(first, tmp_path).unlink()
    assert keep(photo()).code == first.code
    assert files.path(first, tmp_path).exists()


def test_nobody_else_on_the_machine_reads_it(keep: Any, tmp_path: Path) -> None:
    place = files.path(keep(photo()), tmp_path)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("code", ["../../etc/passwd", "..%2f", "", "a" * 26, "%", "A" * 26, "\x00"])
def test_a_code_is_no_path(database: Database, code: str) -> None:
    with pytest.raises(files.UnknownFile):
        database.atomic(partial(files.find, code=code))


def test_a_row_is_never_changed(keep: Any, owner: psycopg.Connection) -> None:
    keep(photo())
    for sql in ("UPDATE files SET purpose = 'x'", "DELETE FROM files", "TRUNCATE files CASCADE"):
        with pytest.raises(psycopg.DatabaseError, match="append-only"):
            owner.execute(sql.encode())


def test_what_no_row_names_is_swept_after_a_day(
    keep: Any, database: Database, tmp_path: Path
) -> None:
    file = keep(photo())

    class Lost(Exception):
        pass

    def rolled_back(session: Any) -> None:
        told: dict[str, Any] = {"purpose": "evidence", "community_id": None, "by": "x"}
        files.keep(session, photo("PNG"), folder=tmp_path, now=NOON, **told)
        raise Lost

    with pytest.raises(Lost):
        database.atomic(rolled_back)
    (tmp_path / file.code[:2] / f"{file.code}.jpg.ab.part").touch()
    os.utime(tmp_path / file.code[:2] / f"{file.code}.jpg.ab.part", (0, 0))
    assert len(list(tmp_path.glob("*/*"))) == 3
    sweep = partial(files.sweep, folder=tmp_path)
    assert database.atomic(partial(sweep, now=NOON + timedelta(hours=23))) == 1
    assert database.atomic(partial(sweep, now=NOON + timedelta(hours=25))) == 1
    assert list(tmp_path.glob("*/*")) == [files.path(file, tmp_path)]
