"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is its maker's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from service.accounts.models import Factor, FactorKnown, Kind, Pending, WrongCode
from service.accounts.queries import factors

NAME = "Aixin"
# A credential that a stranger made may hold anything: whatever cannot be read does not fit.
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, OverflowError)


@dataclass(frozen=True, slots=True)
class Site:
    """Who we are to a browser: a passkey answers to nobody else."""

    host: str
    origin: str


def asked_to_make(session: Session, *, half: Pending, login: str, site: Site) -> dict[str, Any]:
    """Return what a browser needs to make a passkey that this account does not have yet."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=f"staff:{half.staff_id}".encode(),
        user_name=login,
        user_display_name=login,
        challenge=half.challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=known(session, half.staff_id),
    )
    return options_to_json_dict(options)


def asked_to_show(session: Session, *, half: Pending, site: Site) -> dict[str, Any] | None:
    """Return what a browser needs to show a passkey of this account; None where there is none."""
    allowed = known(session, half.staff_id)
    if not allowed:
        return None
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=half.challenge,
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json_dict(options)


def known(session: Session, staff_id: int) -> list[PublicKeyCredentialDescriptor]:
    """Return the passkeys of a member of staff as a browser names them."""
    ids = [one.credential_id for one in factors(session, staff_id=staff_id)]
    return [PublicKeyCredentialDescriptor(id=one) for one in ids if one is not None]


def made(session: Session, *, half: Pending, credential: str, site: Site, now: datetime) -> Factor:
    """Return the passkey that a browser has made. Raises WrongCode, FactorKnown."""
    try:
        checked = verify_registration_response(
            credential=credential,
            expected_challenge=half.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except UNREADABLE:
        raise WrongCode from None
    if find(session, checked.credential_id) is not None:
        raise FactorKnown
    return Factor(
        staff_id=half.staff_id,
        kind=Kind.PASSKEY,
        name=half.device,
        secret=checked.credential_public_key,
        credential_id=checked.credential_id,
        counter=checked.sign_count,
        made_at=now,
    )


def show(session: Session, *, half: Pending, credential: str, site: Site, now: datetime) -> Kind:
    """Check a passkey's answer to this sign-in's challenge. Raises WrongCode."""
    for one in factors(session, staff_id=half.staff_id):
        counted = answered(one, half, credential, site=site)
        if counted is None:
            continue
        mine = (col(Factor.id) == one.id, col(Factor.counter) <= counted)
        if session.exec(update(Factor).where(*mine).values(counter=counted, used_at=now)).rowcount:
            return Kind.PASSKEY
    raise WrongCode


def answered(one: Factor, half: Pending, credential: str, *, site: Site) -> int | None:
    """Return how far this passkey has counted if the answer is its own; None if it is not."""
    if one.credential_id is None:
        return None
    try:
        checked = verify_authentication_response(
            credential=credential,
            expected_challenge=half.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=one.secret,
            credential_current_sign_count=one.counter,
        )
    except UNREADABLE:
        return None
    return checked.new_sign_count if checked.credential_id == one.credential_id else None


def find(session: Session, credential_id: bytes) -> Factor | None:
    """Return the passkey of an id, whosever it is."""
    return session.exec(select(Factor).where(Factor.credential_id == credential_id)).one_or_none()
