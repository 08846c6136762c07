"""HTTP of the random audit: the desk, the public page, JSON."""

from service.sampling.routes import api, desk, public

blueprints = [api.api, desk.pages, public.pages]
