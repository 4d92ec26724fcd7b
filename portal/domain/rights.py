"""How far a person's or a role's rights reach: what every rule against escalation compares."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.permissions import ADMINISTRATOR, BUILT_IN_ROLES, GRANTABLE, Permission


@dataclass(frozen=True)
class Rights:
    """The rights of a role or a person. `everything` also holds what later versions add: the Administrator's alone."""

    permissions: frozenset[Permission] = frozenset()
    everything: bool = False

    def covers(self, other: "Rights") -> bool:
        """True when `other` may do nothing that this one may not."""
        return self.everything or (not other.everything and self.permissions >= other.permissions)

    def beyond(self, wanted: Iterable[Permission]) -> frozenset[Permission]:
        """Those of `wanted` that this one does not hold."""
        return frozenset() if self.everything else frozenset(wanted) - self.permissions


def of_role(built_in: str | None, stored: Iterable[str]) -> Rights:
    """What a role grants: a built-in one from code, whatever its row says; a custom one from its stored names."""
    if built_in is not None:
        role = BUILT_IN_ROLES.get(built_in)
        return Rights(role.permissions if role else frozenset(), everything=built_in == ADMINISTRATOR)
    names = set(stored)
    return Rights(frozenset(permission for permission in GRANTABLE if permission.value in names))


def together(standings: Iterable[Rights]) -> Rights:
    """The union: what somebody may do who holds them all."""
    held = tuple(standings)
    permissions = frozenset(permission for rights in held for permission in rights.permissions)
    return Rights(permissions, any(rights.everything for rights in held))
