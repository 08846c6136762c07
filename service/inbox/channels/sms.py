"""Text messages: where a provider's interface will be called from; not set up yet.

What is needed: a contract with a provider, its key as a setting, a signature and one template for
each topic that the provider has approved (free text is not allowed in China), and the volunteer's
number, which is confirmed by six digits instead of a link. `send` posts the template with the time
and a short link, 70 characters at most, between 8:00 and 21:00 in Shanghai (outside: LATER), and
turns the provider's answer into an outcome: an unknown or blocked number is REFUSED, a limit or a
time-out is LATER. A message costs money, so only what is soon or changed should be sent this way.
"""

from service.inbox.channels.parcel import Outcome, Parcel, Result


class Sms:
    """The seam: it says that it is not set up, so nothing is offered and nothing is sent."""

    name = "sms"
    ready = False

    def send(self, parcel: Parcel) -> Outcome:
        """Say that nobody can be reached this way yet."""
        return Outcome(Result.FAILED, "not configured")

    def close(self) -> None:
        """Nothing is kept open."""
