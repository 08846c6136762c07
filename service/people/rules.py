"""Who is calling, and may they. Pure: roles × scopes, and the default is no."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request, resolved once from its token."""

    kind: str  # anonymous | staff | volunteer | device
    id: int | None = None  # of the member of staff, the volunteer or the device
    code: str = ""  # U-ADM, FM0012; a device's name
    roles: frozenset[tuple[str, str]] = frozenset()  # (role, code of the scope)
    community_id: int | None = None
    community: str = ""  # its code
    programme_id: int | None = None
    volunteer_id: int | None = None  # the volunteer's own, or the one whom a staff member is
    shop_id: int | None = None
    profile: str | None = None  # gate | till

    @property
    def actor(self) -> str:
        """Name the caller in books and trails: staff:U-ADM, volunteer:FM0012, device:7."""
        return f"{self.kind}:{self.id if self.kind == 'device' else self.code}"

    def has(self, *roles: str) -> bool:
        """Whether one of the roles is theirs anywhere."""
        return authorised(self, roles, None)

    def scopes(self, *roles: str) -> frozenset[str]:
        """Return the codes of the units and shops in which one of the roles counts."""
        return frozenset(scope for role, scope in self.roles if role in roles)


ANONYMOUS = Caller(kind="anonymous")


def authorised(caller: Caller, roles: Collection[str], chain: Collection[str] | None) -> bool:
    """Tell whether one of the roles is the caller's in a scope; without a chain, anywhere.

    `chain` is the scope's own code and those of its parents: a sub-district's auditor is one in
    each of its communities, a community's secretary is none in the next.
    """
    return any(role in roles and (chain is None or scope in chain) for role, scope in held(caller))


def held(caller: Caller) -> frozenset[tuple[str, str]]:
    """Return the caller's roles with the one that lies in being a volunteer or a tablet."""
    own = {"volunteer": "volunteer", "device": caller.profile or ""}.get(caller.kind)
    return caller.roles | {(own, caller.community)} if own else caller.roles
