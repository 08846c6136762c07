"""The shapes of our codes and their arithmetic. Pure: no session, no clock, no I/O.

Crockford's base32 leaves out I, L, O and U. A card's check character is its value modulo 37, a
prime above 32: it finds every single wrong character and every swap of neighbours. A card
number's check digit is Damm's, which does the same for digits.
"""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from urllib.parse import unquote, urlsplit

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CHECKS = ALPHABET + "*~$=u"
VALUES = {character: value for value, character in enumerate(CHECKS)}
READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1"})
TEXT_CHARACTERS_MAX = 512

CARD_CHARACTERS = 13  # 65 random bits
PID_CHARACTERS = 10
HELPER_PID = "h-"  # how the public id of a relative's phone begins; no other has a hyphen
MAC_CHARACTERS = 12  # 60 bits
PASS_STEP_S = 30
PASS_CODES_AHEAD = 20  # ten minutes without a network
ONSITE_STEP_S = 20  # lives this step and the next: 40 s
DIGITS_STEP_S = 60  # typing takes longer: 120 s
DIGITS_COUNT = 6

KINDS = {
    "c": "card",
    "p": "pass",
    "e": "activity",
    "s": "onsite",
    "r": "ticket",
    "m": "shop",
    "d": "claim",
    "b": "bind",
    "v": "certificate",
}
PUBLIC_ID = re.compile(r"[0-9A-Za-z_-]{1,40}")
STAMPED = re.compile(r"([0-9A-Za-z_-]{1,40})\.(\d{1,11})\.([0-9a-hjkmnp-tv-z]{12})", re.IGNORECASE)
OTHER = re.compile(r"[0-9A-Za-z_.*~$=-]{1,64}")
NUMBER = re.compile(r"\d{4}[ -]?\d{4}")
PATH = re.compile(r"/?([a-z])/([^/?#]+)", re.IGNORECASE)
SCANNER_PREFIX = re.compile(r"^(?:\][A-Za-z][0-9A-Za-z])?(?:\\\d{6})*")

DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that has the shape of one of our codes. Nothing is known of its truth yet."""

    kind: str  # card number pass helper onsite activity shop ticket claim bind certificate
    id: str  # the card's characters, the pass's pid, the activity's or shop's code in lower case
    step: int = 0
    mac: str = ""


def crockford(value: int, length: int) -> str:
    """Write a number in `length` characters of base 32."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def random_characters(length: int) -> str:
    """Return characters that nobody can guess, 5 bits each."""
    return crockford(secrets.randbits(5 * length), length)


def check_character(characters: str) -> str:
    """Return Crockford's check character."""
    rest = 0
    for character in characters:
        rest = (rest * 32 + VALUES[character]) % 37
    return CHECKS[rest]


def new_cid() -> str:
    """Make a card's id with its check character: 14 characters, no personal data."""
    characters = random_characters(CARD_CHARACTERS)
    return characters + check_character(characters)


def read_cid(text: str) -> str | None:
    """Return a card id as it was issued, forgiving case, O for 0 and I or L for 1; else None."""
    lowered = text.lower()
    if len(lowered) != CARD_CHARACTERS + 1:
        return None
    characters, check = lowered[:-1].translate(READ_AS), lowered[-1]
    known = all(character in ALPHABET for character in characters)
    return characters + check if known and check_character(characters) == check else None


def cid_digest(cid: str) -> str:
    """Return what a gate without a network may know of a card: 65 random bits hide behind it."""
    return sha256(f"aixin-card|{cid}".encode()).hexdigest()


def check_digit(digits: str) -> str:
    """Return Damm's check digit."""
    interim = "0"
    for digit in digits:
        interim = DAMM[int(interim)][int(digit)]
    return interim


def new_number() -> str:
    """Make a card number: 7 random digits and the check digit."""
    digits = f"{secrets.randbelow(10**7):07d}"
    return digits + check_digit(digits)


def read_number(text: str) -> str | None:
    """Return a card number without its space, or None when it was mistyped."""
    if not text.isascii() or NUMBER.fullmatch(text) is None:
        return None
    digits = text.replace(" ", "").replace("-", "")
    return digits if check_digit(digits[:-1]) == digits[-1] else None


def new_pin() -> str:
    """Make a PIN of four digits."""
    return f"{secrets.randbelow(10**4):04d}"


def mac60(key: bytes, message: str) -> str:
    """Return 60 bits of an HMAC-SHA256 as 12 characters."""
    digest = hmac.new(key, message.encode(), sha256).digest()
    return crockford(int.from_bytes(digest[:8]) >> 4, MAC_CHARACTERS)


def same(left: str, right: str) -> bool:
    """Compare two codes in the same time wherever they differ."""
    return hmac.compare_digest(left.lower().encode(), right.encode())


def clean(text: str) -> str:
    """Remove what scanners add: symbology and ECI prefixes, control and invisible characters."""
    kept = unicodedata.normalize("NFKC", text[:TEXT_CHARACTERS_MAX])
    visible = "".join(letter for letter in kept if unicodedata.category(letter)[0] != "C")
    return SCANNER_PREFIX.sub("", visible.strip()).strip()


@lru_cache(maxsize=256)  # a request asks for the same text two or three times
def read(text: str, *, host: str) -> Reading | None:
    """Say which of our codes a text is; None for everything else, a foreign address above all."""
    cleaned = clean(text)
    if ":" in cleaned[:10]:
        return read_address(cleaned, host)
    if cleaned.startswith("/") or cleaned[1:2] == "/":
        return read_path(cleaned)
    return read_bare(cleaned)


def read_address(text: str, host: str) -> Reading | None:
    """Read a whole address; only our own host's, with nothing hidden around the path."""
    try:
        address = urlsplit(text)
    except ValueError:
        return None
    web = address.scheme.lower() in {"https", "http"}
    if not web or address.netloc.lower() != host or address.query or address.fragment:
        return None
    return read_path(unquote(address.path))


def read_path(path: str) -> Reading | None:
    """Read "/c/…" and the other paths of PROTOCOL §1."""
    found = PATH.fullmatch(path)
    if found is None or found[1].lower() not in KINDS:
        return None
    kind, tail = KINDS[found[1].lower()], found[2]
    if kind == "card":
        cid = read_cid(tail)
        return Reading("card", cid) if cid else None
    if kind in {"pass", "onsite"}:
        return read_stamped(kind, tail)
    shape = PUBLIC_ID if kind in {"activity", "shop"} else OTHER
    kept = tail.lower() if shape is PUBLIC_ID else tail
    return Reading(kind, kept) if shape.fullmatch(tail) else None


def read_stamped(kind: str, tail: str) -> Reading | None:
    """Read `<id>.<step>.<mac>`."""
    found = STAMPED.fullmatch(tail)
    if found is None:
        return None
    helps = kind == "pass" and found[1].lower().startswith(HELPER_PID)
    named = "helper" if helps else kind
    return Reading(named, found[1].lower(), int(found[2]), found[3].lower())


def read_bare(text: str) -> Reading | None:
    """Read what stands after the slash, or a typed card number."""
    if number := read_number(text):
        return Reading("number", number)
    if cid := read_cid(text):
        return Reading("card", cid)
    return read_stamped("pass", text)
