"""WeChat: where its template messages will be sent from; not set up yet.

What is needed: a service account (服务号) of the association, its AppID and secret as settings, a
message template for each topic with the fields `title` and `time`, and each volunteer's OpenID,
which WeChat gives when they follow the account and open our page there. `send` then asks for an
access token (kept for its two hours), posts the template with a link to the inbox, and turns
WeChat's `errcode` into an outcome: 43004 (no longer follows) is REFUSED, 45009 and -1 are LATER,
40001 renews the token once. The address of this channel is the OpenID; binding it replaces the
confirmation by e-mail, because WeChat itself proves who opened the page.
"""

from service.inbox.channels.parcel import Outcome, Parcel, Result


class WeChat:
    """The seam: it says that it is not set up, so nothing is offered and nothing is sent."""

    name = "wechat"
    ready = False

    def send(self, parcel: Parcel) -> Outcome:
        """Say that nobody can be reached this way yet."""
        return Outcome(Result.FAILED, "not configured")

    def close(self) -> None:
        """Nothing is kept open."""
