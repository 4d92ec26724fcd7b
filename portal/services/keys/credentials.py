"""Whether a provider has a credential, and from where: a fact of plain columns, known without opening anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from portal.dialects.provider_types.shape import API_KEY, KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, is_own
from portal.dialects.secret import Secret
from portal.services.runtime import Runtime

PERSONAL, SHARED, ENVIRONMENT, NONE = "personal", "shared", "environment", "none"


@dataclass(frozen=True)
class Fallback:
    """A credential in the server's environment, and the shape it has. It is known by the first of its variables."""

    variable: str
    kind: str
    variables: tuple[str, ...]
    secret: Secret


class StoredKey(Protocol):
    """The plain columns of a stored key."""

    @property
    def destination(self) -> str: ...
    @property
    def master_key_id(self) -> str: ...


def source(
    runtime: Runtime,
    type_name: str,
    destination: str,
    keys: Iterable[StoredKey],
    headers: Iterable[StoredKey] = (),
    team_id: UUID | None = None,
) -> str | None:
    """Where a key for this provider would come from: `shared`, `environment`, or `none` where none is needed.

    None means that there is no credential. A stored key counts only when it is encrypted for exactly this destination
    and under a master key that is at hand; the environment counts only towards the type's own hosts, and for none of
    a team's providers. `headers` are the secret ones, without any of which nothing is sent.
    """
    type = TYPES.get(type_name)
    if type is None or not all(would_open(runtime, header, destination) for header in headers):
        return None
    if type.key is KeyRule.NONE:
        return NONE
    if any(would_open(runtime, key, destination) for key in keys):
        return SHARED
    if variable(runtime, type, destination, team_id):
        return ENVIRONMENT
    return NONE if type.key is KeyRule.OPTIONAL else None


def would_open(runtime: Runtime, stored: StoredKey, destination: str) -> bool:
    """Whether a stored key is encrypted for exactly this destination, under a master key that is at hand."""
    return stored.destination == destination and runtime.vault.knows(stored.master_key_id)


def variable(runtime: Runtime, type: ProviderType, destination: str, team_id: UUID | None = None) -> str:
    """The name of the environment variable that holds a key for this type, or "" when none may be used there."""
    found = fallback(runtime, type, destination, team_id)
    return found.variable if found else ""


def fallback(runtime: Runtime, type: ProviderType, destination: str, team_id: UUID | None = None) -> Fallback | None:
    """The credential that the environment holds for this type; None when there is none, or it may not be used there.

    What the environment holds is the deployment's, so a provider of the team `team_id` never gets it.

    One variable that is a whole key goes before several that make one together, as the vendors' own tools have it.
    """
    if not (type.environment or type.environment_keys):
        return None
    if team_id is not None or not is_own(type, frozenset(destination.split())):
        return None
    known = (*type.environment, *(name for several in type.environment_keys for _, name in several.variables))
    held = {name: text for name in known if (text := runtime.variable(name))}
    for name in type.environment:
        if name in held:
            return Fallback(name, API_KEY.name, (name,), Secret(held[name]))
    for several in type.environment_keys:
        kind = next(kind for kind in type.key_kinds if kind.name == several.kind)
        names = {part: name for part, name in several.variables if name in held}
        packed = kind.pack({part: held[name] for part, name in names.items()})
        if packed:
            return Fallback(next(iter(names.values())), kind.name, tuple(names.values()), Secret(packed))
    return None
