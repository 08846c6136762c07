"""HTTP of the settlement: statements, days to sign, the points equation, the public page."""

from service.settlement.routes import closing, payments, points, public, statements

blueprints = [statements.api, statements.pages, payments.api, payments.pages, closing.api,
              closing.pages, points.api, points.pages, public.pages]  # fmt: skip
