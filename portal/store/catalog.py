"""The catalog: one immutable snapshot of all that selection reads, taken in one read, and its version."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from portal.domain.catalog_entries import Gates, ModelEntry, Pin, TeamEntry
from portal.domain.contexts import CONTEXTS, Context
from portal.store import catalog_rows, settings
from portal.store.base import reading, this_database
from portal.store.catalog_rows import Row, Rows
from portal.store.language_models import CatalogStateRecord, ModelAliasRecord
from portal.store.overrides import ContextRecord, OverrideRecord
from portal.store.people import TeamRecord
from portal.store.prepared import Prepared
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.providers import ProviderRecord
from portal.store.role_patterns import RolePatternRecord
from portal.store.settings import SettingRecord
from portal.store.shared_keys import SharedKeyRecord

GATE_SETTINGS: dict[str, str] = {
    "personal_overrides": "gate.personal_overrides",
    "personal_keys": "gate.personal_keys",
    "ai": "gate.ai",
    "chat_sharing": "gate.chat_sharing",
}
"""Each gate and the setting that holds it; one that nobody turned stands as `Gates` says."""

_UNTURNED = Gates()


@dataclass(frozen=True)
class KeyFacts:
    """The plain columns beside an encrypted key or header: they say whether it would open, without opening it."""

    destination: str
    master_key_id: str
    id: UUID | None = None
    """The row, where one key of several is spoken of."""


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
    team_id: UUID | None
    default_model: str
    keys: tuple[KeyFacts, ...] = ()
    headers: tuple[KeyFacts, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """The catalog at one version. Tombstones are in it, so that a trail can say that a model was deleted.

    `personal_keys` hold, for each person and provider, the facts of their key: never the key.
    """

    version: int
    default_id: UUID | None
    providers: tuple[ProviderFacts, ...]
    models: Mapping[UUID, ModelEntry] = field(default_factory=dict)
    gates: Gates = field(default_factory=Gates)
    contexts: Mapping[str, Context] = field(default_factory=lambda: CONTEXTS)
    admin_overrides: Mapping[str, Pin] = field(default_factory=dict)
    personal_overrides: Mapping[UUID, Mapping[str, Pin]] = field(default_factory=dict)
    personal_keys: Mapping[UUID, Mapping[UUID, KeyFacts]] = field(default_factory=dict)
    patterns: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[UUID, TeamEntry] = field(default_factory=dict)
    aliases: Mapping[str, UUID] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows, repr=False, compare=False)


_STATE = CatalogStateRecord.__table__.c
_VERSION = Prepared(select(_STATE.version).where(_STATE.id == 1))
_kept: WeakKeyDictionary[Engine, Snapshot] = WeakKeyDictionary()
_one_reader = threading.Lock()


def lock_catalog(session: Session) -> CatalogStateRecord:
    """Raise the version and return the locked row. Call it first in any transaction that changes the catalog."""
    state = session.scalars(select(CatalogStateRecord).where(CatalogStateRecord.id == 1).with_for_update()).one()
    state.version += 1
    return state


def newest() -> Snapshot:
    """The catalog as it is now: the one kept in this process if its version is still the newest, else read anew.

    After a change one request reads it and the others wait for that one, so that none is served from an old version
    and none reads what another has just read. They wait outside of any session.
    """
    engine = this_database()
    wanted = version_now()
    kept = _kept.get(engine)
    if kept is not None and kept.version == wanted:
        return kept
    with _one_reader:
        kept = _kept.get(engine)
        if kept is not None and kept.version >= wanted:
            return kept
        with reading() as anew:
            snapshot = _read(anew, *_state(anew), kept)
        _kept[engine] = snapshot
    return snapshot


def known() -> Snapshot:
    """The catalog as this process knows it, without asking whether it is still the newest; read when it knows none.

    For whoever compares its version with the database's in a transaction that asks for more.
    """
    return _kept.get(this_database()) or newest()


def version_now() -> int:
    """The catalog's version in the database: the one cheap read that every request makes."""
    with reading() as session:
        return version_in(session)


def version_in(session: Session) -> int:
    """The same as this session sees it."""
    return int(_VERSION.rows(session.connection(), {})[0].version)


def endpoints_changed(session: Session) -> None:
    """What is known of keys and endpoints changed, though nothing that selection reads: whoever kept it reads anew."""
    state = CatalogStateRecord
    session.execute(update(state).where(state.id == 1).values(endpoints=state.endpoints + 1))


def gate_is_on(session: Session, gate: str) -> bool:
    """Whether a gate is open in this transaction."""
    stored = settings.find(session, GATE_SETTINGS[gate])
    return bool(getattr(_UNTURNED, gate)) if stored is None else bool(stored)


def default_id(session: Session) -> UUID | None:
    """The model that is the default."""
    return session.scalar(select(CatalogStateRecord.default_id).where(CatalogStateRecord.id == 1))


def read(session: Session) -> Snapshot:
    """The catalog as this transaction sees it, its own changes included."""
    session.flush()
    return _read(session, *_state(session), _kept.get(this_database()))


def _state(session: Session) -> tuple[int, UUID | None]:
    state = CatalogStateRecord
    row = session.execute(select(state.version, state.default_id).where(state.id == 1)).one()
    return row.version, row.default_id


def _read(session: Session, version: int, default_id: UUID | None, kept: Snapshot | None) -> Snapshot:
    kept = kept or Snapshot(0, None, ())
    rows = catalog_rows.read(session, kept.rows)
    overrides_changed = rows.personal_overrides is not kept.rows.personal_overrides
    keys_changed = rows.personal_keys is not kept.rows.personal_keys
    return Snapshot(
        version=version,
        default_id=default_id,
        providers=_providers(session),
        models=catalog_rows.entries(rows.models, kept.rows.models, kept.models),
        gates=_gates(session),
        contexts=_contexts(session),
        admin_overrides=_admin_overrides(session),
        personal_overrides=catalog_rows.pins(rows.personal_overrides) if overrides_changed else kept.personal_overrides,
        personal_keys=_keys(rows.personal_keys) if keys_changed else kept.personal_keys,
        patterns=_patterns(session),
        teams=_teams(session),
        aliases=_aliases(session),
        rows=rows,
    )


def _providers(session: Session) -> tuple[ProviderFacts, ...]:
    keys: dict[UUID, list[KeyFacts]] = {}
    key = SharedKeyRecord
    # house: bounded-all because selection reads the whole catalog: what administrators typed in
    for provider_id, destination, master_key_id, key_id in session.execute(
        select(key.provider_id, key.destination, key.master_key_id, key.id)
        .where(SharedKeyRecord.retired_at.is_(None))
        .order_by(SharedKeyRecord.position)
    ):
        keys.setdefault(provider_id, []).append(KeyFacts(destination, master_key_id, key_id))
    headers: dict[UUID, list[KeyFacts]] = {}
    header = ProviderHeaderRecord
    # house: bounded-all because selection reads the whole catalog: what administrators typed in
    for provider_id, destination, master_key_id in session.execute(
        select(header.provider_id, header.destination, header.master_key_id).where(header.secret)
    ):
        headers.setdefault(provider_id, []).append(KeyFacts(destination, master_key_id))
    provider = ProviderRecord
    columns = (
        provider.id,
        provider.name,
        provider.label,
        provider.type,
        provider.destination,
        provider.enabled,
        provider.deleted_at,
        provider.team_id,
        provider.default_model,
    )
    return tuple(
        ProviderFacts(
            id=row.id,
            name=row.name,
            label=row.label,
            type=row.type,
            destination=row.destination,
            enabled=row.enabled,
            deleted=row.deleted_at is not None,
            team_id=row.team_id,
            default_model=row.default_model,
            keys=tuple(keys.get(row.id, ())),
            headers=tuple(headers.get(row.id, ())),
        )
        # house: bounded-all because the catalog is what selection reads of everything, in memory
        for row in session.execute(select(*columns))
    )


def _gates(session: Session) -> Gates:
    setting = SettingRecord
    rows = session.execute(select(setting.name, setting.value).where(setting.name.in_(GATE_SETTINGS.values())))
    stored = {row.name: bool(row.value) for row in rows}
    return Gates(**{gate: stored.get(name, getattr(_UNTURNED, gate)) for gate, name in GATE_SETTINGS.items()})


def _contexts(session: Session) -> dict[str, Context]:
    record = ContextRecord
    columns = (record.name, record.label, record.explanation, record.feature, record.capabilities, record.personal)
    return CONTEXTS | {
        row.name: Context(
            row.name, row.label, row.explanation, row.feature, frozenset(row.capabilities), personal=row.personal
        )
        # house: bounded-all because the catalog is what selection reads of everything, in memory
        for row in session.execute(select(*columns).order_by(record.created_at, record.name))
    }


def _admin_overrides(session: Session) -> dict[str, Pin]:
    record = OverrideRecord
    rows = session.execute(select(record.context, record.language_model_id, record.effort))
    # house: bounded-all because the catalog is what selection reads of everything, in memory
    return {row.context: Pin(row.language_model_id, row.effort) for row in rows}


def _keys(rows: Iterable[Row]) -> dict[UUID, dict[UUID, KeyFacts]]:
    found: dict[UUID, dict[UUID, KeyFacts]] = {}
    for user_id, provider_id, destination, master_key_id in rows:
        found.setdefault(UUID(user_id), {})[catalog_rows.shared_id(provider_id)] = KeyFacts(destination, master_key_id)
    return found


def _patterns(session: Session) -> dict[UUID, tuple[str, ...]]:
    record = RolePatternRecord
    found: dict[UUID, list[str]] = {}
    # house: bounded-all because the catalog is what selection reads of everything, in memory
    for role_id, pattern in session.execute(select(record.role_id, record.pattern).order_by(record.position)):
        found.setdefault(role_id, []).append(pattern)
    return {role_id: tuple(patterns) for role_id, patterns in found.items()}


def _aliases(session: Session) -> dict[str, UUID]:
    record = ModelAliasRecord
    # house: bounded-all because the catalog is what selection reads of everything, in memory
    return {row.alias: row.language_model_id for row in session.execute(select(record.alias, record.language_model_id))}


def _teams(session: Session) -> dict[UUID, TeamEntry]:
    record = TeamRecord
    columns = (record.id, record.name, record.entitled, record.exclusive, record.default_id)
    # house: bounded-all because the catalog is what selection reads of everything, in memory
    return {row.id: TeamEntry(*row) for row in session.execute(select(*columns))}
