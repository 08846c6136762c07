"""QR pictures, read back from pixels by a decoder that is not ours: straight, turned, faint."""

import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from service import passes, qr

KEYS = passes.keyring("a secret of the tests", "https://aixin.example")
MAC = "7k3m9q2xw4t8"
CODES = {
    "card": "https://aixin.example/c/7k3m9q2xw4t8v~",
    "pass": f"https://aixin.example/p/7k3m9q2xw4.58711234.{MAC}",
    "onsite": f"https://aixin.example/s/a1.88066851.{MAC}",
    "poster": passes.poster_url(KEYS, "A1"),
    "shop": passes.shop_url(KEYS, "S01"),
    "claim": "https://aixin.example/d/7k3m9q2xw4t87k3m9q2x",
    "bind": "https://aixin.example/b/7k3m9q2xw4t87k3m9q2x",
    "certificate": "https://aixin.example/v/2025-000018.7k3m9q2x",
}


def picture(url: str) -> Image.Image:
    return Image.open(BytesIO(passes.png(url))).convert("L")


def straight(image: Image.Image) -> Image.Image:
    return image


def turned(degrees: int):
    return lambda image: image.rotate(degrees, expand=True, fillcolor=255, resample=Image.BICUBIC)


def faint(image: Image.Image) -> Image.Image:
    return image.point(lambda value: 120 if value < 128 else 175)


def inverted_light(image: Image.Image) -> Image.Image:
    return image.point(lambda value: 0 if value < 128 else 60)


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(2))


WAYS = {
    "straight": straight,
    "15°": turned(15),
    "90°": turned(90),
    "faint": faint,
    "dark": inverted_light,
    "blurred": blurred,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CODES)
def test_a_code_is_read_from_pixels(kind, way):
    url = CODES[kind]
    found = zxingcpp.read_barcodes(WAYS[way](picture(url)))
    assert [one.text for one in found] == [url]
    assert found[0].format == zxingcpp.BarcodeFormat.QRCode


@pytest.mark.parametrize("kind", CODES)
def test_the_svg_draws_the_same_modules_as_the_png(kind):
    url = CODES[kind]
    drawn = rasterised(passes.svg(url), pixels=8)
    assert drawn.tobytes() == picture(url).tobytes()
    assert zxingcpp.read_barcode(drawn).text == url


def rasterised(svg: str, *, pixels: int) -> Image.Image:
    """Draw our SVG's strokes as the standard says: one module wide, around y.5."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    image = Image.new("L", (side * pixels, side * pixels), 255)
    pen = ImageDraw.Draw(image)
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)[1]
    strokes = re.findall(r"M(\d+) (\d+)\.5h(\d+)", path)
    assert "".join(f"M{x} {y}.5h{n}" for x, y, n in strokes) == path
    for x, y, length in ((int(x), int(y), int(n)) for x, y, n in strokes):
        corner = (x * pixels, y * pixels)
        pen.rectangle((corner, (corner[0] + length * pixels - 1, corner[1] + pixels - 1)), 0)
    return image


def test_a_card_fits_version_3_with_its_quiet_zone():
    url = CODES["card"]
    assert len(url) <= 42
    assert picture(url).width == (29 + 8) * 8
    rows = qr.matrix("https://" + "x" * 34)  # 42 bytes, the most
    assert len(rows) == 29 + 8
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))


def test_the_correction_is_m_and_the_mask_the_fixed_one():
    found = zxingcpp.read_barcode(picture(CODES["card"]))
    assert found.ec_level == "M"


def test_a_data_uri_carries_the_svg():
    from base64 import b64decode

    head, _, body = passes.data_uri(CODES["card"]).partition(",")
    assert head == "data:image/svg+xml;base64"
    assert b64decode(body).decode() == passes.svg(CODES["card"])
