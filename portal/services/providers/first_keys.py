"""The key of a provider that is just being connected."""

from portal.dialects.input.typed_keys import field_name, kind_of
from portal.dialects.provider_types.shape import KeyRule
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.services.keys import credentials
from portal.services.providers.drafts import Prepared
from portal.services.runtime import Runtime

_PASTE = "Paste the key of {}. It is encrypted as soon as it is saved."


def require(actor: Actor, runtime: Runtime, prepared: Prepared) -> None:
    """Raises `Invalid` for a provider that is to have a key, and has none: neither typed nor in the environment."""
    keyless = not prepared.key.text and not _from_environment(actor, runtime, prepared)
    if prepared.type.key is KeyRule.REQUIRED and keyless:
        raise Invalid({_key_field(prepared): _PASTE.format(prepared.type.label)})


def _key_field(prepared: Prepared) -> str:
    """The form field beside which it is said that the key is missing: the first secret one."""
    kind = kind_of(prepared.type, prepared.key.kind)
    return field_name(kind, next(part for part in kind.fields if part.secret))


def _from_environment(actor: Actor, runtime: Runtime, prepared: Prepared) -> bool:
    """Whether the server's environment holds a key for such a provider, which is the deployment's and not a team's."""
    if actor.acts_for is not None:
        return False
    from_where = credentials.source(runtime, prepared.type.name, prepared.destination_column, ())
    return from_where is not None
