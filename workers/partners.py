"""The job that sends to partners what the relay wrote down for them."""

from service import webhooks
from workers.runtime import runtime


def send_webhooks() -> int:
    """Send what is due, as far as the job's time goes; return how many messages arrived."""
    world = runtime()
    given = world.settings
    signing = webhooks.Signing(given.lasting_key, given.public_url)
    own = webhooks.networks(given.webhook_networks)
    return webhooks.Sender(world.database, signing, own).send_due()
