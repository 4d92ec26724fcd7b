"""One provider as its form holds it, for those who may see it: every field but its keys, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain import versions
from portal.domain.errors import NotFound
from portal.domain.health import Verdict
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
from portal.services.keys import headers as provider_headers
from portal.services.people import team_rights
from portal.services.providers.listing import KeyLine, key_lines
from portal.services.providers.now import read_now
from portal.services.providers.versions import fields_of
from portal.services.runtime import Runtime
from portal.store import providers as store
from portal.store.base import reading


@dataclass(frozen=True)
class ProviderView:
    """A saved provider. `headers` are name and value of each, of a secret one its fingerprint, and whether it is one.

    `version` is what a change is to be drawn from.
    """

    id: UUID
    name: str
    label: str
    type: str
    base_url: str
    settings: Mapping[str, str]
    default_model: str
    connect_timeout: float
    read_timeout: float
    rotate_after_days: int
    enabled: bool
    owner: UUID | None
    headers: tuple[tuple[str, str, bool], ...]
    verdict: Verdict
    key: KeyLine
    discovered_at: datetime | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    version: str


def read(actor: Actor, runtime: Runtime, name: str) -> ProviderView:
    """The provider of that name. Raises `NotFound`."""
    actor.require(Permission.PROVIDER_VIEW)
    return read_saved(actor, runtime, name)


def id_of(actor: Actor, name: str) -> UUID:
    """The id of the provider of that name, for whoever may test it. Raises `NotFound`."""
    actor.require(Permission.PROVIDER_TEST)
    with reading() as session:
        provider = store.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        team_rights.require_own(session, actor, provider.team_id)
        return provider.id


def read_saved(actor: Actor, runtime: Runtime, name: str) -> ProviderView:
    """The same for whoever has just saved it, who may see what they saved."""
    master_keys.ensure(runtime)
    with reading() as session:
        provider = store.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        team_rights.require_own(session, actor, provider.team_id)
        key = key_lines(session, runtime, [provider])[provider.id]
        return ProviderView(
            id=provider.id,
            name=provider.name,
            label=provider.label,
            type=provider.type,
            base_url=provider.base_url,
            settings=dict(provider.settings),
            default_model=provider.default_model,
            connect_timeout=provider.connect_timeout,
            read_timeout=provider.read_timeout,
            rotate_after_days=provider.rotate_after_days,
            enabled=provider.enabled,
            owner=provider.team_id,
            headers=tuple(provider_headers.shown_of(session, provider)),
            verdict=read_now(session, provider, key, runtime.now()).verdict,
            key=key,
            discovered_at=provider.discovered_at,
            created_at=provider.created_at,
            created_by=provider.created_by,
            changed_at=provider.changed_at,
            version=versions.version_of(fields_of(session, provider)),
        )
