"""Codes that identify: cards in booklets, passes on phones, the code of the place, QR pictures.

A code is opaque and says nothing of a person. PROTOCOL of each: life, trust and what it opens.
"""

from service.passes.actions import (
    Booklet,
    Printed,
    bind_phone,
    draw_card,
    new_binding,
    new_helper,
    reissue_card,
    report_lost,
    unbind_phone,
)
from service.passes.keys import Keyring, keyring
from service.passes.models import (
    Binding,
    Card,
    CardStatus,
    Helper,
    HelperOver,
    NoCard,
    NoPass,
    PinLocked,
)
from service.passes.onsite import OnSite, check_digits, check_onsite, onsite_code
from service.passes.queries import (
    DYNAMIC,
    GOOD,
    SEEN_EVERY,
    PassCode,
    PinCheck,
    Seen,
    Shown,
    Unreadable,
    binding,
    check_pin,
    helper,
    pass_codes,
    pin_locked_until,
    resolve,
    resolve_all,
    shown,
)
from service.passes.receipts import read_receipt, receipt_tail, receipt_url
from service.passes.rules import Reading
from service.passes.serials import certificate_tail, certificate_url, read_certificate
from service.passes.tickets import new_ticket_salt, ticket_digest, ticket_tail, ticket_url
from service.qr import data_uri, png, svg


def poster_url(keys: Keyring, code: str) -> str:
    """Return the address on an activity's poster; it opens the page and starts nothing."""
    return f"{keys.public_url}/e/{code.lower()}"


def shop_url(keys: Keyring, code: str) -> str:
    """Return the address on a shop's standee; it informs and can never start a debit."""
    return f"{keys.public_url}/m/{code.lower()}"


__all__ = [
    "DYNAMIC",
    "GOOD",
    "SEEN_EVERY",
    "Binding",
    "Booklet",
    "Card",
    "CardStatus",
    "Helper",
    "HelperOver",
    "Keyring",
    "NoCard",
    "NoPass",
    "OnSite",
    "PassCode",
    "PinCheck",
    "PinLocked",
    "Printed",
    "Reading",
    "Seen",
    "Shown",
    "Unreadable",
    "bind_phone",
    "binding",
    "certificate_tail",
    "certificate_url",
    "check_digits",
    "check_onsite",
    "check_pin",
    "data_uri",
    "draw_card",
    "helper",
    "keyring",
    "new_binding",
    "new_helper",
    "new_ticket_salt",
    "onsite_code",
    "pass_codes",
    "pin_locked_until",
    "png",
    "poster_url",
    "read_certificate",
    "read_receipt",
    "receipt_tail",
    "receipt_url",
    "reissue_card",
    "report_lost",
    "resolve",
    "resolve_all",
    "shop_url",
    "shown",
    "svg",
    "ticket_digest",
    "ticket_tail",
    "ticket_url",
    "unbind_phone",
]
