"""HTTP for accounts: the steps of a sign-in, and the page of one's own account."""

from service.accounts.routes import account, steps

blueprints = [account.pages, steps.pages]
