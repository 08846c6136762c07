"""Privacy: a volunteer's own data, switches, corrections and erasure; and periods that end."""

from service.privacy.retention import Period, Sweep, due, periods, sweep

__all__ = ["Period", "Sweep", "due", "periods", "sweep"]
