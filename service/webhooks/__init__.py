"""Webhooks: partners who are told of events over the web, signed, retried, and logged."""

from service.webhooks.guard import networks
from service.webhooks.outgoing import Signing
from service.webhooks.sending import Sender
from service.webhooks.telling import fan_out, tell_partners

__all__ = ["Sender", "Signing", "fan_out", "networks", "tell_partners"]
