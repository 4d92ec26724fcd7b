"""The catalog: one immutable snapshot of all that selection reads, taken in one read, and its version."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.domain.selection import ModelEntry
from portal.store.base import db, reading
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord


@dataclass(frozen=True)
class KeyFacts:
    """The plain columns beside a sealed key or header: they say whether it would open, without opening it."""

    destination: str
    master_key_id: str


@dataclass(frozen=True)
class ProviderFacts:
    """A provider as the database knows it; whether a credential exists is decided above, where the vault is."""

    id: UUID
    name: str
    label: str
    type: str
    destination: str
    enabled: bool
    deleted: bool
    keys: tuple[KeyFacts, ...] = ()
    headers: tuple[KeyFacts, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """The catalog at one version. Tombstones are in it, so that a trail can say that a model was deleted."""

    version: int
    default_id: UUID | None
    providers: tuple[ProviderFacts, ...]
    models: Mapping[UUID, ModelEntry] = field(default_factory=dict)


_kept: WeakKeyDictionary[Engine, Snapshot] = WeakKeyDictionary()
_one_reader = threading.Lock()


def lock_catalog(session: Session) -> CatalogStateRecord:
    """Raise the version and return the locked row. Call it first in any transaction that changes the catalog."""
    state = session.scalars(select(CatalogStateRecord).where(CatalogStateRecord.id == 1).with_for_update()).one()
    state.version += 1
    return state


def newest() -> Snapshot:
    """The catalog as it is now: the one kept in this process if its version is still the newest, else read anew."""
    engine = db.engine
    kept = _kept.get(engine)
    with reading() as session:
        version, default_id = session.execute(
            select(CatalogStateRecord.version, CatalogStateRecord.default_id).where(CatalogStateRecord.id == 1)
        ).one()
        if kept is not None and kept.version == version:
            return kept
        snapshot = _read(session, version, default_id)
    with _one_reader:
        known = _kept.get(engine)
        if known is None or known.version < snapshot.version:
            _kept[engine] = snapshot
    return snapshot


def default_id(session: Session) -> UUID | None:
    """The model that holds the star."""
    return session.scalar(select(CatalogStateRecord.default_id).where(CatalogStateRecord.id == 1))


def read(session: Session) -> Snapshot:
    """The catalog as this transaction sees it, its own changes included."""
    session.flush()
    version, default_id = session.execute(
        select(CatalogStateRecord.version, CatalogStateRecord.default_id).where(CatalogStateRecord.id == 1)
    ).one()
    return _read(session, version, default_id)


def _read(session: Session, version: int, default_id: UUID | None) -> Snapshot:
    keys: dict[UUID, list[KeyFacts]] = {}
    # house: bounded-all because selection reads the whole catalog: what administrators typed in
    for provider_id, destination, master_key_id in session.execute(
        select(SharedKeyRecord.provider_id, SharedKeyRecord.destination, SharedKeyRecord.master_key_id)
        .where(SharedKeyRecord.retired_at.is_(None))
        .order_by(SharedKeyRecord.position)
    ):
        keys.setdefault(provider_id, []).append(KeyFacts(destination, master_key_id))
    headers: dict[UUID, list[KeyFacts]] = {}
    header = ProviderHeaderRecord
    # house: bounded-all because selection reads the whole catalog: what administrators typed in
    for provider_id, destination, master_key_id in session.execute(
        select(header.provider_id, header.destination, header.master_key_id).where(header.secret)
    ):
        headers.setdefault(provider_id, []).append(KeyFacts(destination, master_key_id))
    provider = ProviderRecord
    providers = tuple(
        ProviderFacts(
            id=row.id,
            name=row.name,
            label=row.label,
            type=row.type,
            destination=row.destination,
            enabled=row.enabled,
            deleted=row.deleted_at is not None,
            keys=tuple(keys.get(row.id, ())),
            headers=tuple(headers.get(row.id, ())),
        )
        # house: bounded-all because selection reads the whole catalog: what administrators typed in
        for row in session.execute(
            select(
                provider.id,
                provider.name,
                provider.label,
                provider.type,
                provider.destination,
                provider.enabled,
                provider.deleted_at,
            )
        )
    )
    model = LanguageModelRecord
    models = {
        row.id: _entry(row)
        # house: bounded-all because selection reads the whole catalog: what administrators typed in
        for row in session.execute(
            select(
                model.id,
                model.provider_id,
                model.name,
                model.wire_name,
                model.display_name,
                model.enabled,
                model.deleted_at,
                model.position,
                model.recommended,
                model.context_limit,
                model.features,
                model.capabilities,
            )
        )
    }
    return Snapshot(version, default_id, providers, models)


def _entry(row: Any) -> ModelEntry:
    return ModelEntry(
        id=row.id,
        provider_id=row.provider_id,
        name=row.name,
        wire_name=row.wire_name,
        display_name=row.display_name,
        enabled=row.enabled,
        deleted=row.deleted_at is not None,
        position=row.position,
        recommended=row.recommended,
        context_limit=row.context_limit,
        features=frozenset(row.features),
        capabilities=frozenset(row.capabilities),
    )
