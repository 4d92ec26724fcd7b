"""What tests about providers begin with: a form as somebody would fill it in."""

from typing import Any

from portal.domain.people import Actor
from portal.domain.shared_keys import KeyView
from portal.services.keys import pools as key_pools
from portal.services.keys import shared_keys
from portal.services.keys.pools import Kept, Pasted
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store.base import reading
from tests.upstream import Upstream

KEY = "sk-provider-4f9a01c2d3"


def draft(upstream: Upstream | str, **changes: Any) -> Draft:
    """An OpenAI-compatible provider at the scripted upstream, with a key."""
    address = upstream if isinstance(upstream, str) else f"{upstream.url}/v1"
    told = {"type": "openai_compatible", "name": "acme", "base_url": address, "key": KEY, "test_model": "gpt-5.2"}
    return Draft(**(told | changes))


def connect(actor: Actor, runtime: Runtime, upstream: Upstream | str, **changes: Any) -> str:
    """The same, saved; its name."""
    return provider_registry.register(actor, runtime, draft(upstream, **changes)).name


def add_key(actor: Actor, runtime: Runtime, name: str, key: str, **more: Any) -> Kept:
    """A further key behind those that are there."""
    return key_pools.add_key(actor, runtime, name, Pasted("key", {"key": key}), **more)


def replace_key(actor: Actor, runtime: Runtime, name: str, key: str) -> Kept:
    """Another key in the place of the first."""
    return key_pools.replace_key(actor, runtime, name, None, Pasted("key", {"key": key}))


def delete_key(actor: Actor, runtime: Runtime, name: str) -> Kept:
    """Without the first key."""
    return key_pools.delete_key(actor, runtime, name, keys_of(name)[0].id)


def keys_of(name: str) -> tuple[KeyView, ...]:
    """The keys of the provider of that name, in order."""
    with reading() as session:
        provider = stored_providers.find(session, name)
        return shared_keys.keys_of(session, provider.id) if provider is not None else ()
