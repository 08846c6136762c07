"""HTTP of shops: the association's members and what they offer, and their tills."""

from service.shops.routes import house, members, tills

blueprints = [tills.api, tills.pages, members.api, house.pages]
