"""The check of a pack: a folder or a zip file alone, no database, nothing of the service.

It needs the standard library, `cryptography`, and what service/proof and the settlement's chain
say; the pack carries these very files with it. Run: `python -m service.packs.check PACK`.
"""

from service.packs.check.whole import Outcome, check

__all__ = ["Outcome", "check"]
