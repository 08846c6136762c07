"""Communities side by side, for whoever audits several of them: figures of places, of no person.

It only reads, and stands above every slice whose work it counts.
"""

from service.compare.queries import Compared, compare

__all__ = ["Compared", "compare"]
