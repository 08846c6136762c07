"""Ways to reach a volunteer beside the inbox.

The inbox is the message itself: it is written with what it tells, and always there. A channel only
copies it elsewhere, later, for whoever agreed. To add one: a module here with a class that has what
`Channel` says, a line in `channels`, and its name in the CHECKs of the tables (migration 0029).
"""

from collections.abc import Mapping

from service.config import Settings
from service.inbox.channels.parcel import Channel, Outcome, Parcel, Result
from service.inbox.channels.sms import Sms
from service.inbox.channels.smtp import Smtp
from service.inbox.channels.wechat import WeChat

__all__ = ["Channel", "Outcome", "Parcel", "Result", "channels"]


def channels(settings: Settings) -> Mapping[str, Channel]:
    """Return every way by its name, also those that are not set up here."""
    found: tuple[Channel, ...] = (
        Smtp(settings.smtp_url, settings.mail_from),
        WeChat(),
        Sms(),
    )
    return {one.name: one for one in found}
