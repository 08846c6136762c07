"""Webhooks: partners who are told of events over the web, signed, retried, and logged."""
