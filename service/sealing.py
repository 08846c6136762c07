"""Sealed fields: who somebody is, written so that the database alone cannot tell.

AES-256-GCM under a key that has an id. A sealed field belongs to one table, column and row: put
anywhere else, cut or changed, it does not open. For looking somebody up there are keyed hashes of
a normalised phone, ID number or name, under a key derived from the same one.
"""

import base64
import binascii
import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from service.signing import parsed

KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12  # 96 random bits: far below the bound of 2**32 fields under one key
VERSION = b"\x01"
HEAD_BYTES = len(VERSION) + ID_BYTES + NONCE_BYTES
LABEL = "identity"
KINDS = ("name", "phone", "id_no")  # what can be looked up


class MalformedSealingKey(ValueError):
    """This is no identity key; the message never repeats a secret."""


class SealBroken(ValueError):
    """A sealed field was changed, cut or moved; the message says where, never what."""


class KeyMissing(SealBroken):
    """A field was sealed under a key that this process does not hold; the message names its id."""


@dataclass(frozen=True)
class SealingKey:
    """One secret key; its id follows from it, so that two keys never share one by mistake."""

    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "SealingKey":
        """Make a key that nobody can guess."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "SealingKey":
        """Read a key's text. Raises MalformedSealingKey."""
        label, _, rest = text.partition("+")
        said, _, encoded = rest.partition("+")
        try:
            found = cls(base64.b64decode(encoded, validate=True))
        except binascii.Error:
            raise MalformedSealingKey("not an identity key") from None
        if label != LABEL or len(found.secret) != KEY_BYTES or found.key_id.hex() != said:
            raise MalformedSealingKey("not an identity key, or not a whole one")
        return found

    def secret_text(self) -> str:
        """Return the key as a line of a key file."""
        encoded = base64.b64encode(self.secret).decode()
        return f"{LABEL}+{self.key_id.hex()}+{encoded}"

    @cached_property
    def key_id(self) -> bytes:
        """Return what stands in every field that it sealed."""
        return self.derived("id")[:ID_BYTES]

    @cached_property
    def cipher(self) -> AESGCM:
        """Return the cipher, set up once."""
        return AESGCM(self.derived("seal"))

    @cached_property
    def lookup(self) -> bytes:
        """Return the key of the look-up hashes."""
        return self.derived("look-up")

    def derived(self, purpose: str) -> bytes:
        """Return a key for one purpose; none of them tells of another."""
        expand = HKDFExpand(SHA256(), KEY_BYTES, f"aixin/{LABEL}/1/{purpose}".encode())
        return expand.derive(self.secret)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed field lives."""

    table: str
    column: str
    row: int

    @property
    def bound(self) -> bytes:
        """Return the bytes that are authenticated with the field."""
        return f"{self.table}|{self.column}|{self.row}".encode()


class Sealer:
    """Seals with the newest key, opens with whichever sealed."""

    def __init__(self, keys: Iterable[SealingKey] = ()) -> None:
        self.keys = tuple(keys)
        self._by_id = {key.key_id: key for key in self.keys}

    @property
    def newest(self) -> SealingKey:
        """Return the key that seals. Raises KeyMissing where there is none."""
        if not self.keys:
            raise KeyMissing("IDENTITY_KEY is not set: nothing can be sealed or looked up")
        return self.keys[0]

    def seal(self, text: str, place: Place) -> bytes:
        """Return a text as only a holder of the key can read it, and only in its place."""
        key, nonce = self.newest, os.urandom(NONCE_BYTES)
        head = VERSION + key.key_id + nonce
        return head + key.cipher.encrypt(nonce, text.encode(), place.bound + VERSION)

    def open(self, sealed: bytes, place: Place) -> str:
        """Return what was sealed for this place. Raises KeyMissing, SealBroken."""
        where = place.bound.decode()
        if len(sealed) <= HEAD_BYTES or sealed[:1] != VERSION:
            raise SealBroken(f"{where}: not a sealed field")
        key_id = key_id_of(sealed)
        key = self._by_id.get(key_id)
        if key is None:
            raise KeyMissing(f"{where}: sealed under key {key_id.hex()}, which is not among ours")
        nonce = sealed[len(VERSION) + ID_BYTES : HEAD_BYTES]
        try:
            opened = key.cipher.decrypt(nonce, sealed[HEAD_BYTES:], place.bound + VERSION)
        except InvalidTag:
            raise SealBroken(f"{where}: changed, cut or moved since it was sealed") from None
        return opened.decode()

    def hash(self, kind: str, text: str) -> bytes:
        """Return under what a text is looked up, by the newest key."""
        return keyed_hash(self.newest, kind, text)

    def hashes(self, kind: str, text: str) -> list[bytes]:
        """Return the same under every key: a row may wait for its rotation."""
        return [keyed_hash(key, kind, text) for key in (self.newest, *self.keys[1:])]


def key_id_of(sealed: bytes) -> bytes:
    """Return the id of the key that sealed a field."""
    return sealed[len(VERSION) : len(VERSION) + ID_BYTES]


def keyed_hash(key: SealingKey, kind: str, text: str) -> bytes:
    """Return a hash that nobody can work out without the key, however few phones there are."""
    said = f"{kind}|{normalised(kind, text)}".encode()
    return hmac.digest(key.lookup, said, sha256)


def normalised(kind: str, text: str) -> str:
    """Return a text as it counts for looking up, however somebody types it."""
    assert kind in KINDS, kind
    plain = unicodedata.normalize("NFKC", text).casefold()
    if kind == "name":
        return "".join(plain.split()).replace("·", "")
    kept = "".join(letter for letter in plain if letter.isalnum())
    return kept[-11:] if kind == "phone" and kept.startswith("86") and len(kept) == 13 else kept


def read_sealing_keys(text: str) -> tuple[SealingKey, ...]:
    """Read keys, apart by spaces or lines, the newest first. Raises KeysRefused."""
    return tuple(parsed(text, SealingKey.parse, MalformedSealingKey))
