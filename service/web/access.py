"""May this caller do this: roles and scopes are decided here, and the default is no."""

from service.errors import Forbidden, Unauthorized
from service.people import Caller, authorised, scope_chain
from service.web import caller, database


def require(*roles: str, scope: str | None = None) -> Caller:
    """Return the caller if one of the roles is theirs in this scope; else refuse.

    `scope` is the code of a unit, association or shop; a unit's parents count, so a sub-district's
    auditor is one in each of its communities. Without a scope, the role anywhere is enough.
    Raises Unauthorized for somebody who is not signed in, Forbidden for everybody else.
    """
    found = caller()
    if found.kind == "anonymous":
        raise Unauthorized
    chain = scope_chain(database(), scope) if scope is not None else None
    if not authorised(found, roles, chain):
        raise Forbidden
    return found
