"""Evidence packs: all that shows what happened in a community in some days, in one file.

A stranger checks it without us: every transfer is proven in the signed log, every wallet and award
is held against the transfers, every signature of shops, association and community against its
chain. People stand in it by the numbers of their booklets alone.
"""

from service.packs.actions import Wish, check_days, note
from service.packs.models import Pack
from service.packs.press import Press, subject
from service.packs.writing import Subject, Writer, Written

__all__ = ["Pack", "Press", "Subject", "Wish", "Writer", "Written", "check_days", "note", "subject"]
