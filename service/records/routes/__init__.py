"""HTTP of records: the record itself, what is late, stars, honours, training, evaluations."""

from service.records.routes import evaluations, honours, lines, stars

blueprints = [
    lines.api,
    lines.pages,
    stars.api,
    stars.pages,
    honours.pages,
    evaluations.pages,
]
