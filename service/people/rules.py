"""Who is calling, and may they. Pure: roles × scopes, and the default is no."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

TOKEN_AGE = timedelta(days=7)  # after this a tablet is given a new token
TOKEN_OVERLAP = timedelta(days=2)  # how long the old one works: the new one may be lost on its way
TOKEN_GRACE = timedelta(minutes=1)  # once the new one was seen: others may be on their way still


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
    strong: bool = False  # a member of staff who showed more than a password
    clerk: str | None = None  # SHOP:LABEL of whose shift it is at this till
    shifts: bool = False  # the till's shop has clerks: nothing is sold without a shift
    blocked_until: datetime | None = None  # too many unknown codes were read by this tablet
    shut_out: bool = False  # this was a tablet's token: it may do nothing and must forget
    renew: bool = False  # the token is a week old, or a newer one has been made
    reach: str = "{}"  # the communities whose rows the database lets out: see service/scope.py

    @property
    def actor(self) -> str:
        """Name the caller in books and trails: staff:U-ADM, device:7, clerk:SHOP:LABEL."""
        if self.clerk is not None:
            return f"clerk:{self.clerk}"
        return f"{self.kind}:{self.id if self.kind == 'device' else self.code}"

    def has(self, *roles: str) -> bool:
        """Whether one of the roles is theirs anywhere."""
        return authorised(self, roles, None)

    def scopes(self, *roles: str) -> frozenset[str]:
        """Return the codes of the units and shops in which one of the roles counts."""
        return frozenset(scope for role, scope in self.roles if role in roles)


ANONYMOUS = Caller(kind="anonymous")
SHUT_OUT = Caller(kind="anonymous", shut_out=True)


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
