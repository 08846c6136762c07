"""The Chinese font of the papers: only the characters that are on them, at one weight.

The font comes as one variable file with all weights of 30,000 characters. fpdf2 would instance it
whole at every document, which takes half a minute; the few hundred characters in use take less
than a second.
"""

import logging
from collections.abc import Iterable
from importlib.resources import files
from io import BytesIO

from fontTools import subset
from fontTools.varLib import instancer

FONT = files("justmytype_intl_cjk") / "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
REGULAR = 400
ALWAYS = "0123456789.,:/-+()%、。，：第页·（）＊ "

logging.getLogger("fontTools.subset").setLevel(logging.WARNING)


def font_of(texts: Iterable[str]) -> bytes:
    """Return a TrueType font with every character of the texts that Noto Sans SC has."""
    characters = set(ALWAYS).union(*texts)
    options = subset.Options(
        layout_features=[], name_IDs=[1, 2, 6], hinting=False, notdef_outline=True
    )
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=[ord(character) for character in characters])
    written = BytesIO()
    with subset.load_font(str(FONT), options) as font:
        chosen.subset(font)
        instancer.instantiateVariableFont(font, {"wght": REGULAR}, inplace=True).save(written)
    return written.getvalue()
