"""The desk: the day's equation, what waits, one search, every number down to its scan, the trail.

Nothing here writes. It stands above the slices whose tables its SQL joins.
"""

from service.desk.search import Hit, search

__all__ = ["Hit", "search"]
