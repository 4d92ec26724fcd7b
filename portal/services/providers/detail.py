"""Reading one provider: all that its page tells, from its status now to what would be lost with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Denied, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.who_asked import told as who_asked
from portal.services.encryption import master_keys
from portal.services.health import days as health_days
from portal.services.health import schedules
from portal.services.health.days import Past
from portal.services.health.schedules import ScheduleView
from portal.services.keys import headers as provider_headers
from portal.services.keys import listing as key_listing
from portal.services.keys import shared_keys
from portal.services.keys.headers import HeaderView
from portal.services.keys.listing import Pool
from portal.services.language_models.failing import ModelFailing, failing_models
from portal.services.people import team_rights
from portal.services.providers.listing import KeyLine, key_lines
from portal.services.providers.now import Now, read_now
from portal.services.runtime import Runtime
from portal.store import catalog
from portal.store import chats as stored_chats
from portal.store import language_models as stored_models
from portal.store import provider_listings as stored_listings
from portal.store import provider_use as stored_use
from portal.store import providers as store
from portal.store.base import Session, reading
from portal.store.provider_use import Use
from portal.store.providers import ProviderRecord

MODELS_SHOWN = 60
USED_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class ModelLine:
    """A published model, as far as its provider's page names it."""

    id: UUID
    name: str
    display_name: str
    wire_name: str
    enabled: bool
    is_default: bool
    failing: ModelFailing | None = None


@dataclass(frozen=True)
class ProviderDetail:
    """Everything that a provider's page tells. `settings` are (label, value); models are cut at `MODELS_SHOWN`.

    `unpublished` are the model IDs that it listed when it was last asked, and that are not published here.
    """

    id: UUID
    name: str
    label: str
    type: ProviderType
    base_url: str
    settings: tuple[tuple[str, str], ...]
    default_model: str
    connect_timeout: float
    read_timeout: float
    rotate_after_days: int
    who_asked: str
    enabled: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    discovered_at: datetime | None
    unpublished: tuple[str, ...]
    now: Now
    key: KeyLine
    pool: Pool
    headers: tuple[HeaderView, ...]
    past: Past
    schedule: ScheduleView
    models: tuple[ModelLine, ...]
    model_count: int
    enabled_models: int
    default: ModelLine | None
    chats: int
    use: Use
    hosts: str


def read_detail(actor: Actor, runtime: Runtime, name: str) -> ProviderDetail:
    """The page of one provider, by name; 404 when there is none living."""
    if not actor.may(Permission.PROVIDER_VIEW):
        raise Denied("You may not see providers. Ask an administrator for the permission.")
    master_keys.ensure(runtime)
    with reading() as session:
        provider = store.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        team_rights.require_own(session, actor, provider.team_id)
        key = key_lines(session, runtime, [provider], shared_keys.opens)[provider.id]
        models = _models(session, provider, runtime.now())
        type = TYPES[provider.type]
        return ProviderDetail(
            id=provider.id,
            name=provider.name,
            label=provider.label,
            type=type,
            base_url=provider.base_url,
            settings=tuple((item.label, provider.settings.get(item.name, "")) for item in type.settings),
            default_model=provider.default_model,
            connect_timeout=provider.connect_timeout,
            read_timeout=provider.read_timeout,
            rotate_after_days=provider.rotate_after_days,
            who_asked=who_asked(provider.who_asked),
            enabled=provider.enabled,
            created_at=provider.created_at,
            created_by=provider.created_by,
            changed_at=provider.changed_at,
            discovered_at=provider.discovered_at,
            unpublished=_unpublished(session, provider, models),
            now=read_now(session, provider, key, runtime.now()),
            key=key,
            pool=key_listing.read_pool(session, runtime, provider),
            headers=provider_headers.headers_of(session, runtime, provider) if type.extra_headers else (),
            past=health_days.past(session, provider.id, runtime.now()),
            schedule=schedules.of(session, provider, runtime.now()),
            models=models[:MODELS_SHOWN],
            model_count=len(models),
            enabled_models=sum(1 for model in models if model.enabled),
            default=next((model for model in models if model.is_default), None),
            chats=stored_chats.count_set_to(session, [model.id for model in models]),
            use=stored_use.use_since(session, provider.id, runtime.now() - USED_LATELY),
            hosts=", ".join(urlsplit(origin).netloc for origin in provider.destination.split()),
        )


def _models(session: Session, provider: ProviderRecord, now: datetime) -> tuple[ModelLine, ...]:
    default_id = catalog.default_id(session)
    living = stored_models.living_of(session, provider.id)
    failing = failing_models(session, {provider.id: provider.label}, [model.wire_name for model in living], now)
    return tuple(
        ModelLine(
            model.id,
            model.name,
            model.display_name,
            model.wire_name,
            model.enabled,
            is_default=model.id == default_id,
            failing=failing.get((provider.id, model.wire_name)),
        )
        for model in living
    )


def _unpublished(session: Session, provider: ProviderRecord, models: Sequence[ModelLine]) -> tuple[str, ...]:
    if provider.discovered_at is None:
        return ()
    published = {model.wire_name for model in models}
    return tuple(name for name in stored_listings.names_listed(session, provider.id) if name not in published)
