"""A film for Chromium's fake camera, drawn with Pillow alone: a printed code held into the picture.

The film is a Y4M file of frames of one size. It is overwritten in place, so a page that keeps the
camera open (as gate and till do) sees the next code without asking for the camera again.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import qrcode
from PIL import Image, ImageFilter

SIZE = WIDTH, HEIGHT = 640, 480
FRAMES = 4
PER_SECOND = 20
HEADER = b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT, PER_SECOND)


class Camera:
    """The film that the browser plays, and the way to change it while it plays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(HEADER + b"\0" * len(film([desk()] * FRAMES)))
        self.nothing()

    def __call__(self, text: str, **look: float) -> None:
        """Hold a code with this text into the picture; see `held` for the looks."""
        self._play([held(text, frame / FRAMES, **look) for frame in range(FRAMES)])

    def nothing(self) -> None:
        """Show the empty desk."""
        self._play([desk()] * FRAMES)

    def _play(self, frames: list[Image.Image]) -> None:
        with self.path.open("r+b") as stream:
            stream.seek(len(HEADER))
            stream.write(film(frames))


def desk() -> Image.Image:
    """An evenly lit wooden desk without a code."""
    return Image.linear_gradient("L").resize(SIZE).point(lambda v: int(70 + v * 0.4)).convert("RGB")


def held(
    text: str, moment: float, *, size: float = 0.6, tilt: float = 4.0, blur: float = 0.6,
    light: float = 1.0,
) -> Image.Image:  # fmt: skip
    """A card in a hand: `size` of the picture's height, turned by about `tilt` degrees."""
    card = qrcode.make(text, error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    side = int(HEIGHT * size)
    shaking = tilt + 2 * math.sin(moment * math.tau)
    paper = card.get_image().convert("L").resize((side, side), Image.Resampling.NEAREST)
    mask = Image.new("L", paper.size, 255).rotate(shaking, expand=True)
    paper = paper.rotate(shaking, expand=True, resample=Image.Resampling.BICUBIC)
    scene = desk()
    left, top = (WIDTH - paper.width) // 2, (HEIGHT - paper.height) // 2
    scene.paste(paper, (left + round(6 * math.sin(moment * 4)), top), mask)
    scene = scene.filter(ImageFilter.GaussianBlur(blur))
    return scene.point(lambda value: int(value * light))


def film(frames: list[Image.Image]) -> bytes:
    """The frames in planar YUV 4:2:0, one after another."""
    return b"".join(_planes(frames))


def _planes(frames: list[Image.Image]) -> Iterator[bytes]:
    half = (WIDTH // 2, HEIGHT // 2)
    for frame in frames:
        bright, blue, red = frame.convert("YCbCr").split()
        yield b"FRAME\n" + bright.tobytes()
        yield blue.resize(half, Image.Resampling.BOX).tobytes()
        yield red.resize(half, Image.Resampling.BOX).tobytes()
