"""Signed notes (c2sp.org/signed-note) with Ed25519: a text, and below it who signed it.

Keys are written as Go's `golang.org/x/mod/sumdb/note` writes them, so its tools open our notes.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_BYTES = 32
SIGNATURES_MAX = 100
_PRIVATE = "PRIVATE+KEY+"
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class MalformedKey(ValueError):
    """The text is not a key of the kind asked for."""


class NoteRefused(ValueError):
    """The note must not be believed."""


class MalformedNote(NoteRefused):
    """The text is not a signed note."""


class WrongSignature(NoteRefused):
    """A signature in the name of a known key was not made with it."""


class NoKnownSignature(NoteRefused):
    """Nobody whose key is known has signed."""


@dataclass(frozen=True)
class VerifyKey:
    """A public key with the name of its holder; its text is `name+id+base64`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key's text; raises MalformedKey."""
        name, key_id, data = _parts(text)
        key = cls(name, data)
        if key_id != key.key_id.hex():
            raise MalformedKey("the key does not have the id it names")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def accepts(self, signature: bytes, text: bytes) -> bool:
        """Tell whether the signature over the text was made with this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        """Return the key's text, which anybody may know."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.public)}"


@dataclass(frozen=True)
class SigningKey:
    """A private key with the name of its holder."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key; raises MalformedKey when the name cannot stand in a note."""
        if not _is_name(name):
            raise MalformedKey("a key's name has no spaces and no plus sign")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a secret key's text; raises MalformedKey, which never repeats the text."""
        if not text.startswith(_PRIVATE):
            raise MalformedKey("not a private key")
        name, key_id, data = _parts(text.removeprefix(_PRIVATE))
        key = cls(name, data)
        if key_id != key.verify_key.key_id.hex():
            raise MalformedKey("the key does not have the id it names")
        return key

    @property
    def verify_key(self) -> VerifyKey:
        """The public half."""
        return VerifyKey(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """Sign the text."""
        return self._private().sign(text)

    def secret_text(self) -> str:
        """Return the text to be kept secret: whoever has it can sign."""
        return (
            f"{_PRIVATE}{self.name}+{self.verify_key.key_id.hex()}+{_base64(ED25519 + self.seed)}"
        )

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Signature:
    """One line below a note: a name, the key's id and the signature itself."""

    name: str
    key_id: bytes
    data: bytes


@dataclass(frozen=True)
class Note:
    """A text that at least one known key has signed."""

    text: str
    signed_by: tuple[VerifyKey, ...]
    unknown: tuple[Signature, ...] = ()


def sign_note(text: str, signers: Sequence[SigningKey]) -> str:
    """Sign a text with every key, the first one's line on top; raises MalformedNote."""
    if not text.endswith("\n") or _has_controls(text) or not signers:
        raise MalformedNote("a note is a text of whole lines and is signed")
    lines = [
        f"— {key.name} {_base64(key.verify_key.key_id + key.sign(text.encode()))}\n"
        for key in signers
    ]
    return f"{text}\n{''.join(lines)}"


def split_note(note: str) -> tuple[str, list[Signature]]:
    """Part a note into its text and its signatures, none of them checked; raises MalformedNote."""
    text, gap, below = note.rpartition("\n\n")
    if not gap or not below.endswith("\n") or _has_controls(note):
        raise MalformedNote("not a signed note")
    lines = below[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise MalformedNote("a note with too many signatures")
    return text + "\n", [_signature(line) for line in lines]


def open_note(note: str, keys: Iterable[VerifyKey]) -> Note:
    """Return the text if a known key signed it and no known key's signature is wrong.

    Signatures of unknown keys are let stand, as the format asks; raises NoteRefused.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed: dict[VerifyKey, bool] = {}  # in the order of their lines, each once
    for signature in signatures:
        if key := known.get((signature.name, signature.key_id)):
            signed[key] = key.accepts(signature.data, text.encode())
            if not signed[key]:
                raise WrongSignature(f"the signature of {key.name}+{key.key_id.hex()} is wrong")
    unknown = [made for made in signatures if (made.name, made.key_id) not in known]
    if not signed:
        raise NoKnownSignature("no known key has signed this note")
    return Note(text, tuple(signed), tuple(unknown))


def _signature(line: str) -> Signature:
    found = _SIGNATURE.fullmatch(line)
    data = _decode(found[2]) if found else None
    if not found or data is None or len(data) < 5:
        raise MalformedNote("a line below the note is not a signature")
    return Signature(found[1], data[:4], data[4:])


def _parts(text: str) -> tuple[str, str, bytes]:
    """Return name, id and the 32 bytes of an Ed25519 key's text; raises MalformedKey."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = _decode(encoded)
    if not _is_name(name) or not re.fullmatch("[0-9a-f]{8}", key_id) or data is None:
        raise MalformedKey("not a key")
    if data[:1] != ED25519 or len(data) != 1 + KEY_BYTES:
        raise MalformedKey("not an Ed25519 key")
    return name, key_id, data[1:]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _has_controls(text: str) -> bool:
    return any(sign < " " and sign != "\n" for sign in text)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _decode(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
