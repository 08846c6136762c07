"""QR pictures: version as small as it can be, error correction M, quiet zone of 4 modules.

The mask pattern is fixed. Any of the eight is valid, and judging all of them takes five times as
long; the standard's choice only balances light and dark for poor readers.
"""

from base64 import b64encode
from io import BytesIO
from itertools import groupby

from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

MASK = 3
QUIET = 4  # modules
PIXELS = 8  # a module in the PNG


def matrix(text: str) -> list[list[bool]]:
    """Return the modules of a text's code, dark ones true, quiet zone included."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET, mask_pattern=MASK)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    modules: list[list[bool]] = code.get_matrix()
    return modules


def svg(text: str) -> str:
    """Return a code as SVG: one white ground, one black path, sharp at any size."""
    rows = matrix(text)
    side = len(rows)
    path = "".join(runs(row, y) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path stroke="#000" d="{path}"/></svg>'
    )


def data_uri(text: str) -> str:
    """Return a code's SVG as the address of an <img>, for codes that no other page may ask for."""
    return "data:image/svg+xml;base64," + b64encode(svg(text).encode()).decode()


def runs(row: list[bool], y: int) -> str:
    """Return one row's dark modules as strokes of one module's width."""
    drawn, x = [], 0
    for dark, group in groupby(row):
        length = len(list(group))
        drawn.append(f"M{x} {y}.5h{length}" if dark else "")
        x += length
    return "".join(drawn)


def png(text: str, *, pixels: int = PIXELS) -> bytes:
    """Return a code as a black and white PNG, `pixels` a module."""
    rows = matrix(text)
    side = len(rows)
    image = Image.new("1", (side, side), 1)
    image.putdata([0 if dark else 1 for row in rows for dark in row])
    stream = BytesIO()
    image.resize((side * pixels, side * pixels), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()
