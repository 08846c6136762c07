"""Who signed: the keys of an export, how they vouch for each other, and the heads they signed."""

from dataclasses import dataclass, field

from service.proof.checkpoints import Checkpoint, MalformedCheckpoint
from service.proof.findings import Findings
from service.proof.notes import (
    MalformedNote,
    NoKnownSignature,
    VerifyKey,
    WrongSignature,
    open_note,
)


@dataclass
class Keyring:
    """The keys that the export lists; the first is the one to compare with what was published."""

    findings: Findings
    keys: list[VerifyKey] = field(default_factory=list)
    trusted: set[VerifyKey] = field(default_factory=set)

    def add(self, key: VerifyKey) -> None:
        """Add a key, the oldest first."""
        self.keys.append(key)
        self.trusted.update(self.keys[:1])

    def opened(self, note: str, place: str, *, vouches: bool) -> str | None:
        """Return the text of a note that a trusted key signed, else say what is wrong with it.

        A head `vouches`: a key that signs it together with a trusted one is trusted from then on.
        """
        try:
            opened = open_note(note, self.keys)
        except (MalformedNote, WrongSignature) as wrong:
            self.findings.add("signature", place, str(wrong))
            return None
        except NoKnownSignature:
            self.findings.add("unknown_key", place, "is signed by no key of the list")
            return None
        signers = set(opened.signed_by)
        if not signers & self.trusted:
            names = ", ".join(str(key) for key in opened.signed_by)
            self.findings.add(
                "unknown_key", place, f"is signed by {names} alone, which no older key vouched for"
            )
            return None
        if vouches:
            self.trusted |= signers
        return opened.text


@dataclass
class Heads:
    """The signed heads: the root at each size."""

    findings: Findings
    keyring: Keyring
    origin: str = ""
    roots: dict[int, bytes] = field(default_factory=dict)

    def take(self, size: int, root: bytes, note: str) -> None:
        """Enter a head's row."""
        place = f"head {size}"
        text = self.keyring.opened(note, place, vouches=True)
        if text is None:
            return
        signed = self._checkpoint(text, place)
        if signed is None:
            return
        if (signed.size, signed.root) != (size, root):
            self.findings.add("root", place, "states another size or root than its signed note")
        self._keep(signed, place)

    def compare(self, note: str) -> None:
        """Enter a checkpoint that somebody kept from an earlier day."""
        place = "the checkpoint"
        text = self.keyring.opened(note, place, vouches=False)
        signed = self._checkpoint(text, place) if text is not None else None
        if signed:
            self._keep(signed, place)

    def _checkpoint(self, text: str, place: str) -> Checkpoint | None:
        try:
            signed = Checkpoint.parse(text)
        except MalformedCheckpoint:
            self.findings.add("signature", place, "is signed, but not the head of a log")
            return None
        if signed.origin != self.origin:
            self.findings.add("signature", place, f"is the head of another log: {signed.origin}")
            return None
        return signed

    def _keep(self, signed: Checkpoint, place: str) -> None:
        if self.roots.setdefault(signed.size, signed.root) != signed.root:
            self.findings.add("root", place, "another root was signed for the same size")
