"""HTTP of what leaves and what was set aside: partners, deliveries, failures, the catalogue."""

from service.webhooks.routes import catalogue, events, pages, partners

blueprints = [partners.api, pages.pages, events.api, events.pages, catalogue.pages]
