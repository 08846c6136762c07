"""The trail: who did or saw what, when. Nothing in it is ever changed."""

from service.trail.actions import record
from service.trail.models import Record
from service.trail.queries import about

__all__ = ["Record", "about", "record"]
