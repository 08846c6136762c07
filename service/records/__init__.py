"""Records: what stands of somebody's service, when it was due, and what else is said of it.

Hours are the awards' truth and are only read here. Honours, training, evaluations, ratings and
stars have tables of their own. What leaves the house leaves an event and a mark in the trail.
"""

from service.records.actions.exporting import Order, export_records
from service.records.actions.honours import found_honour_kinds
from service.records.actions.stars import hours_changed, propose_stars, review_stars
from service.records.models import Evaluation, Export, Honour, HonourKind, Rating, Star, Training
from service.records.queries.late import (
    Clerk,
    Counts,
    late_by_community,
    late_counts,
    unrecorded,
)
from service.records.queries.lines import lines_of, totals_of
from service.records.queries.persons import evaluation_counts, ratings_of, star_of, stars_in

__all__ = [
    "Clerk",
    "Counts",
    "Evaluation",
    "Export",
    "Honour",
    "HonourKind",
    "Order",
    "Rating",
    "Star",
    "Training",
    "evaluation_counts",
    "export_records",
    "found_honour_kinds",
    "hours_changed",
    "late_by_community",
    "late_counts",
    "lines_of",
    "propose_stars",
    "ratings_of",
    "review_stars",
    "star_of",
    "stars_in",
    "totals_of",
    "unrecorded",
]
