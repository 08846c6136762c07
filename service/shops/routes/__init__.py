"""HTTP of shops: the association's members and what they offer, and their tills."""

from service.shops.routes import house, members, pictures, terms, tills

blueprints = [tills.api, tills.pages, members.api, house.pages, terms.api, terms.pages]
blueprints += [pictures.api, pictures.pages]
