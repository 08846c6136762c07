"""Payloads of passes, stars, certificates and what left the house."""

from dataclasses import dataclass
from datetime import date

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import Inner
from service.outbox.models import EventType


@dataclass(frozen=True, slots=True)
class OfVolunteer:
    """What every event of a pass says."""

    volunteer: str


@dataclass(frozen=True, slots=True)
class OfConsent(OfVolunteer):
    """What every event of a consent says: whose, to what, and on which version of its text.

    The purpose is a switch (register, notice, photos, export, partners) or a way of being told
    (email), which has no version.
    """

    purpose: str
    version: int | None = None


@event(EventType.CONSENT_GIVEN, "consent.given")
@dataclass(frozen=True, slots=True)
class ConsentGiven(OfConsent):
    """A volunteer turned a switch on, or confirmed an address; which one is not said."""


@event(EventType.CONSENT_WITHDRAWN, "consent.withdrawn")
@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(OfConsent):
    """A volunteer withdrew it, or the address takes nothing any more."""


@event(EventType.PASS_ISSUED, "pass.issued")
@dataclass(frozen=True, slots=True)
class PassIssued(OfVolunteer):
    """A phone became a volunteer's pass."""


@event(EventType.PASS_LOST, "pass.lost")
@dataclass(frozen=True, slots=True)
class PassLost(OfVolunteer):
    """A card or a phone's pass is dead."""


@event(EventType.PASS_REISSUED, "pass.reissued")
@dataclass(frozen=True, slots=True)
class PassReissued(OfVolunteer):
    """A new card took the place of the old one."""


@event(EventType.STAR_PROPOSED, "star.proposed")
@dataclass(frozen=True, slots=True)
class StarProposed:
    """Hours reached a star level; its notice runs."""

    volunteer: str
    star: int
    minutes: int
    notice_until: date


@event(EventType.STAR_GRANTED, "star.granted")
@dataclass(frozen=True, slots=True)
class StarGranted:
    """The secretary granted a star level."""

    volunteer: str
    star: int
    by: Inner


@event(EventType.CERTIFICATE_ISSUED, "certificate.issued")
@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """A certificate of service hours was issued."""

    certificate: str
    volunteer: str
    minutes: int


@event(EventType.RECORDS_EXPORTED, "records.exported")
@dataclass(frozen=True, slots=True)
class RecordsExported:
    """Records of service left the house."""

    export: int
    upto: date
    format: str
    lines: int
    scanned_minutes: int
    typed_minutes: int
    sha256: str


@event(EventType.RECORDS_EXPORTED, "records.exported")
@dataclass(frozen=True, slots=True)
class LedgerExported:
    """Somebody took the whole ledger away, to check it."""

    by: Inner
