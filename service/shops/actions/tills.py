"""Pairing tablets with shops, and shutting them out."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session

from service import outbox, people, trail
from service.shops import duty
from service.shops.models import ClaimOver, Shop, ShopNotAdmitted, Status, TillClaim
from service.shops.rules import ALPHABET, CLAIM_LIFE, TOKEN_LENGTH, claim_open


def claim_till(session: Session, shop: Shop, *, actor: str, now: datetime) -> tuple[str, str]:
    """Allow one tablet to be paired with a shop; return the token and the four digits, once."""
    if shop.status != Status.ADMITTED:
        raise ShopNotAdmitted
    assert shop.id is not None
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    digits = f"{secrets.randbelow(10_000):04d}"
    session.add(
        TillClaim(
            token_hash=token_hash(token),
            shop_id=shop.id,
            digits=digits,
            made_by=actor,
            made_at=now,
            expires_at=now + CLAIM_LIFE,
        )
    )
    trail.record(session, actor=actor, action="till.claim", subject=f"shop:{shop.code}", now=now)
    return token, digits


def token_hash(token: str) -> bytes:
    """Return what is kept of a claim's token: 100 random bits need no salt."""
    return sha256(token.strip().lower().encode()).digest()


@dataclass(frozen=True, slots=True)
class Paired:
    """A tablet that was just paired; its token is said only here."""

    device: people.Device
    token: str
    shop: Shop


def pair_till(session: Session, *, claim: str, digits: str, now: datetime) -> Paired | None:
    """Pair the tablet that holds a claim and whose holder reads the digits on the other screen.

    Raises ClaimOver. Wrong digits are counted and answered with None: raising would undo the count.
    """
    row = session.get(TillClaim, token_hash(claim), with_for_update=True)
    if row is None or not claim_open(row.expires_at, row.used_at, row.tries, now):
        raise ClaimOver
    if not hmac.compare_digest(row.digits, digits):
        row.tries += 1
        return None
    shop = session.get_one(Shop, row.shop_id, with_for_update={"key_share": True})
    if shop.status != Status.ADMITTED:  # it was when the claim was made
        raise ClaimOver
    count = len(people.devices_of_shop(session, row.shop_id))
    device, token = people.pair_device(
        session,
        name=f"{shop.short_name} {count + 1}",
        paired_by=row.made_by,
        now=now,
        shop_id=shop.id,
        community_id=shop.community_id,
    )
    device.shifts = bool(duty.clerks(session, row.shop_id))
    row.used_at, row.device_id = now, device.id
    said = {"shop": shop.code, "device": device.id}
    outbox.publish(session, "TillPaired", f"device:{device.id}", said, now=now)
    subject = f"device:{device.id}"
    trail.record(
        session, actor=row.made_by, action="till.pair", subject=subject, detail=said, now=now
    )
    return Paired(device, token, shop)


def revoke_till(
    session: Session, *, device_id: int, shop: Shop, actor: str, now: datetime
) -> people.Device:
    """Shut a shop's till out; its next call is nobody's. Doing it twice tells it once."""
    known = people.device(session, device_id)
    if known.revoked_at is not None:
        return known
    device = people.revoke_device(session, device_id=device_id, now=now)
    said = {"shop": shop.code, "device": device_id}
    outbox.publish(session, "TillRevoked", f"device:{device_id}", said, now=now)
    subject = f"device:{device_id}"
    trail.record(session, actor=actor, action="till.revoke", subject=subject, detail=said, now=now)
    return device
