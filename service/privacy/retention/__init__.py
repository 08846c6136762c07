"""How long what is kept, and removing what is over: safe twice, a batch a transaction."""

from service.privacy.retention.periods import Period, periods
from service.privacy.retention.sweeping import Sweep, due, sweep

__all__ = ["Period", "Sweep", "due", "periods", "sweep"]
