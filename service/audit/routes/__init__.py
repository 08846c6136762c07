"""HTTP of the audit: the desk's pages and the same as JSON."""

from service.audit.routes import api, desk

blueprints = [api.api, desk.pages]
