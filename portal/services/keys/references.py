"""Keys that are references: stored is the name of a variable of the server, and never what that variable holds.

A reference is kept like a key, encrypted for one provider and one destination, and takes its turn in the pool. It names
a variable that belongs to a provider type, towards that type's own hosts; or one that the deployment allows by
`PORTAL_KEY_VARIABLES`. Without such a bound, whoever may enter keys could send any secret of the server anywhere.
"""

import json
import re
from collections.abc import Mapping

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES, is_own
from portal.dialects.secret import Secret
from portal.domain.shared_keys import key_fault
from portal.services.runtime import Runtime

KIND = "variable:"
"""What the kind of a reference begins with; the kind of the key that it leads to follows."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
SETTING = "PORTAL_KEY_VARIABLES"


def is_reference(kind: str) -> bool:
    return kind.startswith(KIND)


def kind_behind(kind: str) -> str:
    """The shape of the key itself."""
    return kind.removeprefix(KIND)


def written(variables: Mapping[str, str]) -> str:
    """What is stored: the variable of each part of the key."""
    return json.dumps(dict(sorted(variables.items())))


def variables_of(text: str) -> dict[str, str]:
    """The same, read back."""
    return {str(part): str(name) for part, name in json.loads(text).items()}


def fault_of(runtime: Runtime, type: ProviderType, destination: str, variables: Mapping[str, str]) -> str:
    """Why a provider's key cannot be what these variables hold, with what to do instead; "" when it can."""
    for name in variables.values():
        if not NAME.fullmatch(name):
            return "This is no name of a variable. It has letters, digits and underscores."
        if not _may_name(runtime, destination, name):
            own = _own_variables(type) if is_own(type, frozenset(destination.split())) else ()
            instead = f"Name {own[0]} instead, or add {name} to" if own else f"Add {name} to"
            return f"The variable {name} may not hold a key of this provider. {instead} {SETTING} on the server."
    return ""


def resolve(runtime: Runtime, destination: str, text: str) -> Secret | None:
    """The key that a reference leads to now; None while a variable is unset, not allowed, or holds no key."""
    found = {}
    for part, name in variables_of(text).items():
        value = runtime.variable(name) if _may_name(runtime, destination, name) else ""
        if not value or ("\n" not in value and key_fault(value)):
            return None
        found[part] = value
    return Secret(json.dumps(found) if len(found) > 1 else next(iter(found.values()), ""))


def _may_name(runtime: Runtime, destination: str, name: str) -> bool:
    if name in runtime.settings.key_variables:
        return True
    hosts = frozenset(destination.split())
    return any(name in _own_variables(type) and is_own(type, hosts) for type in TYPES.values())


def _own_variables(type: ProviderType) -> tuple[str, ...]:
    return (*type.environment, *(name for several in type.environment_keys for _, name in several.variables))
