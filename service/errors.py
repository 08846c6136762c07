"""Refusals: what the domain says no to, in its own words.

A refusal names a category, a stable slug and a message with its parameters. It knows nothing of
HTTP, HTML or Chinese: `service.web.problems` gives it a status and a language.
"""

from typing import ClassVar

from service.i18n import N_


class Refusal(Exception):
    """Base of every refusal. Keyword arguments become the parameters of the sentence."""

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = N_("Refused")
    detail: ClassVar[str] = ""
    retry_after: ClassVar[int | None] = None  # seconds, when trying again makes sense
    field: ClassVar[str] = ""  # what of the request is refused, where one field is at fault

    def __init__(self, **params: object) -> None:
        super().__init__(self.slug, params)
        self.params = params


class NotFound(Refusal):
    """What was named does not exist, or the caller may not know that it does."""

    slug, title = "not-found", N_("Not found")


class Unauthorized(Refusal):
    """Nobody is signed in, or the token is no longer good."""

    slug, title = "sign-in-needed", N_("Please sign in first")


class Forbidden(Refusal):
    """The caller is known but may not do this."""

    slug, title = "forbidden", N_("You may not do this")


class Conflict(Refusal):
    """The state of things does not allow it now."""

    slug, title = "conflict", N_("This cannot be done now")


class Invalid(Refusal):
    """The request is well-formed but cannot be meant."""

    slug, title = "invalid", N_("The request is not valid")


class TooMany(Refusal):
    """Too many attempts; the caller must wait."""

    slug, title = "too-many", N_("Too many attempts")


class Locked(Refusal):
    """It may be read, and by nobody be changed for a while."""

    slug, title = "locked", N_("This cannot be changed now")


class Gone(Refusal):
    """It existed, and is over."""

    slug, title = "gone", N_("This is over")


class KeyReused(Invalid):
    """The same idempotency key came back with another request."""

    slug, title = "key-reused", N_("This key was used for another request")
    detail = N_("Send the first request again, or make a new key.")


class KeyInFlight(Conflict):
    """The same idempotency key is being worked on this very moment."""

    slug, title = "key-in-flight", N_("This request is being worked on")
    detail = N_("Ask again in a moment with the same key.")
    retry_after = 1
