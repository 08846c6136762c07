"""HTTP of shops: the association's members and what they offer, and their tills."""

from service.shops.routes import (
    associations,
    clerks,
    house,
    licences,
    members,
    papers,
    pictures,
    shifts,
    terms,
    tills,
)

blueprints = [
    tills.api,
    tills.pages,
    members.api,
    house.pages,
    terms.api,
    terms.pages,
    licences.api,
    licences.pages,
    papers.pages,
]
blueprints += [pictures.api, pictures.pages]
blueprints += [shifts.api, clerks.api, clerks.pages]
blueprints += [associations.api, associations.pages]
