"""The trail: who did or saw what, when, from which device. Nothing in it is ever changed."""

from service.trail.actions import record
from service.trail.models import Record
from service.trail.queries import about
from service.trail.where import CONSOLE, begin, device, speak_from, written

__all__ = ["CONSOLE", "Record", "about", "begin", "device", "record", "speak_from", "written"]
