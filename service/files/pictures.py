"""Drawing a sent picture anew: nothing of the file survives but what one sees."""

import struct
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from service.files.refusals import NotAPicture, PictureTooLarge, TooLarge

BYTES_MAX = 8 * 1024 * 1024
PIXELS_MAX = 40_000_000
EDGE_MAX = 2048
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")  # told by their content; MPO is a JPEG with a second picture
# What Pillow raises for files that lie about themselves, beside what it says of unknown ones.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as it is kept."""

    content: bytes
    media_type: str

    @property
    def suffix(self) -> str:
        """Return the end of its file's name."""
        return SUFFIXES[self.media_type]


ONE_AT_A_TIME = Lock()  # forty megapixels are 160 MB while they are unfolded
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}


def draw(content: bytes, edge: int = EDGE_MAX) -> Drawn:
    """Decode a picture, turn it upright, shrink it and encode it without metadata.

    The size is judged by the header, before anything is unfolded. Raises TooLarge,
    PictureTooLarge, NotAPicture.
    """
    if len(content) > BYTES_MAX:
        raise TooLarge(megabytes=BYTES_MAX // 1024 // 1024)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                raise PictureTooLarge(megapixels=PIXELS_MAX // 1_000_000)
            lossless = image.format == "PNG"
            with ONE_AT_A_TIME:
                return encode(upright(image, edge), lossless=lossless)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge(megapixels=PIXELS_MAX // 1_000_000) from None
    except (UnidentifiedImageError, *DAMAGED):
        raise NotAPicture from None


def upright(image: Image.Image, edge: int) -> Image.Image:
    """Return the first frame, small enough and turned as its metadata ask, which go with it."""
    image.thumbnail((edge, edge))
    turned = ImageOps.exif_transpose(image)
    plain = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    plain.info = {}
    return plain


def encode(image: Image.Image, *, lossless: bool) -> Drawn:
    """Keep what was drawn sharp as PNG; photographs and everything else become JPEG on white."""
    out = BytesIO()
    if lossless:
        image.save(out, "PNG", optimize=False)
        return Drawn(out.getvalue(), "image/png")
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    image.save(out, "JPEG", quality=QUALITY)
    return Drawn(out.getvalue(), "image/jpeg")
