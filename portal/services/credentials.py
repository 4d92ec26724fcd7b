"""Whether a provider has a credential, and from where: a fact of plain columns, known without opening anything."""

from collections.abc import Iterable
from typing import Protocol

from portal.dialects.base import KeyRule, ProviderType
from portal.dialects.types import TYPES, is_own
from portal.services.tools import Tools

SHARED, ENVIRONMENT, NONE = "shared", "environment", "none"


class StoredKey(Protocol):
    """The plain columns of a stored key."""

    @property
    def destination(self) -> str: ...
    @property
    def master_key_id(self) -> str: ...


def source(tools: Tools, type_name: str, destination: str, keys: Iterable[StoredKey]) -> str | None:
    """Where a key for this provider would come from: `shared`, `environment`, or `none` where none is needed.

    None means that there is no credential. A stored key counts only when it is sealed for exactly this destination
    and under a master key that is at hand; the environment counts only towards the type's own hosts.
    """
    type = TYPES.get(type_name)
    if type is None:
        return None
    if type.key is KeyRule.NONE:
        return NONE
    if any(key.destination == destination and tools.vault.knows(key.master_key_id) for key in keys):
        return SHARED
    if variable(tools, type, destination):
        return ENVIRONMENT
    return NONE if type.key is KeyRule.OPTIONAL else None


def variable(tools: Tools, type: ProviderType, destination: str) -> str:
    """The name of the environment variable that holds a key for this type, or "" when none may be used there."""
    if not is_own(type, frozenset(destination.split())):
        return ""
    return next((name for name in type.environment if tools.environment.get(name, "").strip()), "")
