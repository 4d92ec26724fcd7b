"""Opening the door to a provider: its address, and the one key that serves this call. The only place keys come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal.dialects.base import API_KEY, Door, KeyRule, Limits, ProviderType, Secret
from portal.dialects.types import TYPES, base_url_for
from portal.dialects.types import destination as destination_of
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.shared_keys import awake_first, key_fault
from portal.services import credentials, master_keys, shared_keys
from portal.services.tools import Tools
from portal.store import providers as stored_providers
from portal.store import shared_keys as stored_keys
from portal.store.base import reading, transaction

USE_NOTED_EVERY = timedelta(minutes=1)

ENTER_AGAIN = "The stored key was sealed for another address. Enter it again."
ENTER_A_KEY = "Enter a key for this provider, or ask an administrator to."


@dataclass(frozen=True)
class Opened:
    """A door with its key in hand. `source` is `shared`, `environment`, `typed` or `none`; ids are of what is saved."""

    door: Door
    destination: frozenset[str]
    source: str
    key_id: UUID | None = None
    fingerprint: str = ""
    provider_id: UUID | None = None
    provider_name: str = ""
    provider_label: str = ""
    limits: Limits = field(default_factory=Limits)


def open_door(tools: Tools, provider_id: UUID, *, key_id: UUID | None = None) -> Opened:
    """The door of a saved provider, with its first key that is awake and opens, else the environment's, else none.

    Two queries and no open transaction afterwards. With `key_id`, that key and no other. Raises `NotFound`, and
    `UpstreamError` (`need_key`) when there is no credential: a key is never guessed, and never blank.
    """
    master_keys.ensure(tools)
    with reading() as session:
        provider = stored_providers.facts_for_a_door(session, provider_id)
        keys = stored_keys.of_provider(session, provider_id)
    if provider is None or provider.type not in TYPES:
        raise NotFound("This provider is gone.")
    if key_id is not None:
        keys = [key for key in keys if key.id == key_id]
        if not keys:
            raise NotFound("This key is gone.")
    type = TYPES[provider.type]
    for key in awake_first(keys, tools.now()) if type.key is not KeyRule.NONE else ():
        secret = shared_keys.opens(tools, key, provider.destination)
        if secret is not None:
            return _opened(provider, type, secret, credentials.SHARED, key.id, key.fingerprint)
    if key_id is not None:
        raise _need_key(ENTER_AGAIN)
    secret, source, kind = _without_stored(tools, type, provider.destination, stored=bool(keys))
    return _opened(provider, type, secret, source, None, tools.vault.fingerprint(secret) if secret else "", kind)


def typed_door(
    tools: Tools,
    type: ProviderType | str,
    base_url: str,
    settings: Mapping[str, str],
    secret: Secret | None,
    headers: Mapping[str, str | Secret] | None = None,
    kind: str = API_KEY.name,
) -> Opened:
    """The door of a form that is not saved: with the key typed into it, else the environment's, else none.

    `kind` names the shape of `secret`. Raises `UpstreamError` (`need_key`).
    """
    type = TYPES[type] if isinstance(type, str) else type
    master_keys.ensure(tools)
    origins = destination_of(type, base_url, settings)
    source = "typed"
    if type.key is KeyRule.NONE:
        secret, source = None, credentials.NONE
    elif not secret:
        secret, source, kind = _without_stored(tools, type, " ".join(sorted(origins)), stored=False)
    return Opened(
        door=Door(
            type,
            base_url or base_url_for(type, settings),
            secret,
            dict(settings),
            dict(headers or {}),
            kind,
        ),
        destination=origins,
        source=source,
        fingerprint=tools.vault.fingerprint(secret) if secret else "",
        provider_label=type.label,
    )


def note_use(tools: Tools, key_id: UUID | None) -> None:
    """Remember that a key served just now: to the minute, so that a busy key does not keep the database writing."""
    if key_id is None:
        return
    now = tools.now()
    with reading() as session:
        if stored_keys.was_used_since(session, key_id, now - USE_NOTED_EVERY):
            return
    with transaction() as session:
        stored_keys.note_use(session, key_id, now)


def _without_stored(
    tools: Tools, type: ProviderType, destination: str, *, stored: bool
) -> tuple[Secret | None, str, str]:
    """The environment's credential and its kind, else none where none is needed."""
    found = credentials.fallback(tools, type, destination)
    if found:
        for variable in found.variables:
            if key_fault(tools.environment[variable].strip()):
                raise _need_key(f"The variable {variable} on the server holds something that cannot be a key.")
        return found.secret, credentials.ENVIRONMENT, found.kind
    if type.key is KeyRule.REQUIRED:
        raise _need_key(ENTER_AGAIN if stored else ENTER_A_KEY)
    return None, credentials.NONE, API_KEY.name


def _opened(
    provider: Any,
    type: ProviderType,
    secret: Secret | None,
    source: str,
    key_id: UUID | None,
    fingerprint: str,
    kind: str = API_KEY.name,
) -> Opened:
    return Opened(
        door=Door(
            type,
            provider.base_url or base_url_for(type, provider.settings),
            secret,
            dict(provider.settings),
            dict(provider.headers),
            kind,
        ),
        destination=frozenset(provider.destination.split()),
        source=source,
        key_id=key_id,
        fingerprint=fingerprint,
        provider_id=provider.id,
        provider_name=provider.name,
        provider_label=provider.label,
        limits=Limits(connect=provider.connect_timeout, read=provider.read_timeout, total=provider.read_timeout),
    )


def _need_key(hint: str) -> UpstreamError:
    return UpstreamError(Fault(Category.NEED_KEY, hint=hint))
