"""HTTP for codes: signing in, passes and cards, pictures, and where a scanned code leads."""

from service.passes.routes import cards, landing, sign_in

blueprints = [sign_in.api, sign_in.pages, cards.api, cards.pages, landing.pages]
